"""Graph to graph: each file holds one pass, ``manager`` runs them, ``standard`` lists them."""
