"""How Manim's frames are drawn, kept and encoded; Manim's private API is used here and in `scene.lecture` alone."""
