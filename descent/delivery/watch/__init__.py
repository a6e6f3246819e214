"""Watching a film while it is written: a page that shows any moment of it, now, and again after every save.

The command's own process serves the page and never loads Manim. For each theme that somebody looks at, a warm process
constructs the film without drawing it; at the beginning of every play it forks a child, which stays there and draws
the moments of its play in any order: every moving picture is a function of the step, so none needs the frames before
it. What is drawn is kept, under a digest of what the play shows, and a play whose frames are all kept needs no process.
"""
