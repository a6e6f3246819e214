"""Films of one's own problem, without writing a scene.

What is asked for, on the command line or in a TOML file, becomes a `Document` of plain values; `read` checks it into a
`Problem`, a small text that any process can make the scene of; `settle` chooses the view and searches its minima; the
story (title, beats, claims) is written from the traced runs. No text of the user's is ever executed; a module of theirs
is imported only where they name it.
"""
