"""One element at a time, in fused loops."""
