"""The kinds of single operators, a file each: ``draw(d)`` gives one of the kind at random."""
