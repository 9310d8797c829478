"""Trees, and boxes that stay."""
