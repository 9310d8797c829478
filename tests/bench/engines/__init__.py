"""Engines that add two numbers, each in its own way. Found by their modules' names."""
