"""Whether a change of a graph left its meaning alone: tried out on numbers, where it happened."""
