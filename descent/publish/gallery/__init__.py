"""A static site of all films: what each claims and whether that holds, its code, and how to take it along."""
