"""Convolutions, and what transposes them."""
