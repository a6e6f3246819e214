"""Maps of a loss, seen from above, and what is drawn on them."""
