"""How long a film takes in a process that has drawn another one before: `python -m benchmarks.warm SCENE PROFILE`."""

import sys
import time
from os import cpu_count
from pathlib import Path

from descent.delivery.find import requests
from descent.delivery.render import render


def main(scene: str, profile: str) -> None:
    """Print the seconds."""
    seconds = 0.0
    other = ("OneStepGoesDownhill", Path(__file__).parents[1] / "scenes", "preview")
    for name, scenes, size in (other, (scene, Path("scenes"), profile)):
        orders = requests([name], scenes, size, "dark", Path("warm"), Path("warm/scenes.json"), silent=True)
        began = time.perf_counter()
        (film,) = render(orders, Path("warm/segments"), cpu_count() or 1)
        seconds = time.perf_counter() - began
        if film.error:
            raise film.error
    print(seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
