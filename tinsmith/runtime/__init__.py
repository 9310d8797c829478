"""Runs what was built: in this process, under an emulator, on a board."""
