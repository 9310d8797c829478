"""The operators: one file for each, or for a tight family. Attributes, types, meaning in numpy."""
