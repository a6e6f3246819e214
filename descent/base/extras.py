"""How the optional parts of descent are installed: the one place that says so.

Where descent will be published is not decided. So what an extra consists of is named, which is published, and never
descent itself.
"""

from importlib.metadata import PackageNotFoundError, requires

_COMMAND = "pip install {packages}"
_FROM_A_CLONE = "pip install '.[{extra}]' in a clone of descent"


def how_to_install(extra: str) -> str:
    """What to type to get the packages of an extra, for a sentence.

    Args:
        extra: Its name in descent's pyproject.toml: voice, piper, slides or cluster.

    >>> how_to_install("slides")
    "pip install 'sphinx-revealjs==3.2.1'"
    """
    try:
        lines = [line.partition(";") for line in requires("descent-films") or ()]
    except PackageNotFoundError:  # run from its folder, without being installed
        lines = []
    packages = [f"'{name.strip()}'" for name, _, when in lines if when.strip() == f'extra == "{extra}"']
    return _COMMAND.format(packages=" ".join(packages)) if packages else _FROM_A_CLONE.format(extra=extra)
