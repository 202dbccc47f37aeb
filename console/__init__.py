"""The faces over HTTP: web console, health and metrics, in a process of its own."""
