"""Decks of slides from finished films: PowerPoint, reveal.js and PDF."""
