"""A course: films in an order, joined into one film, a deck or a handout, with what is said between them."""
