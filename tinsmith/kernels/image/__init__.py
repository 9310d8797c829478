"""Images at other places."""
