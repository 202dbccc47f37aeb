"""The shape of the YAML, one domain word a file: pydantic models, strict, nothing extra."""
