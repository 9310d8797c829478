"""One file for each operator (or family): ``CASES``, run on every target that can run them."""
