"""From a Graph to the model files of others."""
