"""``python -m descent.cli``, and what the console script calls: the ``descent`` command."""

from descent.commands.cli import main

if __name__ == "__main__":
    main()
