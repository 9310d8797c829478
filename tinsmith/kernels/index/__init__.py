"""Elements by their indices."""
