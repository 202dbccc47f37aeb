"""YAML to checked objects: models, loader with positions, builders, defaults, examples."""
