"""The commands of ``descent``, a module each. Manim and torch are loaded only by the commands that need them."""
