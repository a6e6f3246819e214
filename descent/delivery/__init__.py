"""From drawn segments to what people use: films with sound, captions and chapters, and GIFs."""
