"""Films, moving pictures, stills and figures in pages of documentation: Sphinx, MkDocs, pandoc."""
