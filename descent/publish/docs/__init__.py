"""Films, moving pictures, stills and figures in pages of documentation, kept fresh: Sphinx, MkDocs, pandoc, HTML."""
