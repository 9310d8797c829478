"""What moves elements and computes nothing."""
