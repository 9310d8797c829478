"""PyTorch's files: ``archive`` (containers), ``pickles`` (restricted), ``storages`` (arrays)."""
