"""The reference networks, one file each; files with a leading underscore are parts they share."""
