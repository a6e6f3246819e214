"""For the tests of a project that shows films of descent: that its pictures are what its scenes say."""

from pathlib import Path
from shlex import quote

from descent.base.errors import DescentError

__all__ = ["assert_fresh"]


def assert_fresh(folder: str | Path, *, jobs: int = 1) -> None:
    """Fail if a moving picture of a folder is stale: what `descent gif -o FOLDER --check` says, in a test.

    Nothing is made. Nothing is executed either where the text of scenes and of what they import, and the versions of
    packages, are what they were; a film of which one changed is planned, in a process of its own.

    Args:
        folder: A folder with the `gifs.json` that `descent gif -o FOLDER` wrote, seen from the current folder or else
            from the project's.
        jobs: How many processes plan.

    Raises:
        AssertionError: If one is stale, each with the reason; if the folder lists none, or its note cannot be read.
    """
    from descent.base.project import project
    from descent.delivery.committed_gifs import NOTE, Published
    from descent.publish.docs.fresh import faults

    __tracebackhide__ = True
    folder = Path(folder)
    if not folder.is_dir():
        folder = project().root / folder  # pytest may run in any folder of the project
    if not (folder / NOTE).is_file():
        raise AssertionError(f"there is no {folder / NOTE}; `descent gif SCENE -o {quote(str(folder))}` makes it.")
    try:
        published = Published(folder)
        if not published.gifs:
            raise AssertionError(
                f"{folder / NOTE} lists nothing; `descent gif SCENE -o {quote(str(folder))}` adds a film."
            )
        told = faults(published, jobs)
    except DescentError as error:
        raise AssertionError(str(error)) from None
    if told:
        lines = "".join(f"\n  {file}: {why}" for file, why in told.items())
        raise AssertionError(f"`descent gif -o {quote(str(folder))}` makes anew what is stale:{lines}")
