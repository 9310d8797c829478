"""Prints plans as source text. Decides nothing and knows no operator."""
