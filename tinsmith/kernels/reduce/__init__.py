"""One number, or an order, of many."""
