"""Containers and encodings of other tools, which importers, exporters and the zoo share."""
