"""A film apart from its pictures: timeline, script, sound, captions, encoding. No Manim."""
