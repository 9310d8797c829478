"""Pooling over windows, images and regions."""
