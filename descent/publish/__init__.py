"""Films delivered: decks of slides, a gallery, pages of schedulers."""
