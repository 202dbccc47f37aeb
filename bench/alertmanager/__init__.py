"""Our routing beside a real Alertmanager: the same stories, and what receivers get of them."""
