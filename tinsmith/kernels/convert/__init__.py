"""The same values in another form."""
