"""``python -m descent``: the ``descent`` command."""

from descent.commands.cli import main

if __name__ == "__main__":
    main()
