"""Drawing the moments of a play, in a process that was forked when the play began and stays there."""

import gc
import io
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from manim import Mobject, Scene, Succession, config
from manim.animation.animation import Animation
from manim.animation.composition import AnimationGroup
from PIL import Image

from descent.base.errors import DescentError
from descent.delivery.fingerprint import Fingerprint, moments
from descent.delivery.planning import TOOLS, telling_errors
from descent.delivery.watch.messages import Line, Message
from descent.stage.drawing.camera import FilmCamera

_QUALITY, _EFFORT = 88, 0  # of WebP: small text stays sharp, and a 720p picture takes some 20 ms


class Moments:
    """A scene at the beginning of a play.

    Args:
        scene: The scene, whose animations have begun.
        still: What stands still during the play.

    Attributes:
        frozen: Whether it is one picture.
        onward: Whether its pictures must be come to frame by frame, as in the film.
    """

    def __init__(self, scene: Scene, still: Sequence[Mobject]) -> None:
        self._scene, self._still = scene, still
        self._camera: FilmCamera | None = None
        self.frozen = bool(scene.is_current_animation_frozen_frame())
        self.onward = any(map(_goes_onward, scene.animations or ()))
        self._at = -1

    def picture(self, number: int) -> bytes:
        """The play's frame of that number, as WebP.

        Raises:
            DescentError: Whatever stops it, in a sentence.
        """
        with telling_errors():
            for before in range(self._at + 1, number) if self.onward else ():
                self._go(before / config.frame_rate)
            self._go(number / config.frame_rate)
            self._at = number
            if self._camera is None:
                self._camera = FilmCamera()
                self._camera.hold(self._still)
            self._camera.show(self._scene.moving_mobjects)
            shown = Image.fromarray(self._camera.pixel_array).convert("RGB")
        with io.BytesIO() as out:
            shown.save(out, "webp", quality=_QUALITY, method=_EFFORT)
            return out.getvalue()

    def key(self) -> str:
        """A digest of what the play shows, how large, and how it is drawn; the one that forgives rounding.

        Raises:
            DescentError: Whatever stops it, in a sentence.
        """
        seen, scene = Fingerprint(), self._scene
        with telling_errors():
            self._go(0.0)
            seen.take(scene.mobjects)
            for seconds in () if self.frozen else moments(scene.duration):
                self._go(seconds)
                seen.take(scene.moving_mobjects)
        size = config.pixel_width, config.pixel_height, config.frame_rate
        seen.note(repr((round(scene.duration, 6), size, str(config.background_color), sorted(TOOLS.items()))))
        return seen.seen

    def _go(self, seconds: float) -> None:
        if not self.frozen:
            self._scene.update_to_time(seconds)


def _goes_onward(animation: Animation) -> bool:
    """Whether Manim shows an animation forward only: one that follows another begins from what that has left."""
    if isinstance(animation, Succession):
        return True
    return isinstance(animation, AnimationGroup) and any(map(_goes_onward, animation.animations))


class _Onward:
    """The moments of a play that only goes forward: each way back begins anew, in a child."""

    def __init__(self, play: Moments) -> None:
        self._play, self._at = play, 0
        self._line = self._begun()

    def picture(self, number: int) -> bytes:
        """The play's frame of that number, as WebP."""
        if number < self._at:
            self._again()
        self._at = number
        return self._ask({"draw": number})[1]

    def key(self) -> str:
        """A digest of what the play shows."""
        self._again()
        key = str(self._ask({"key": True})[0]["key"])
        self._again()
        return key

    def _again(self) -> None:
        self._line.close()
        self._line, self._at = self._begun(), 0

    def _begun(self) -> Line:
        """The line to a child that stands at the beginning."""
        line, other = Line.pair()

        def in_child() -> None:
            line.close()
            _answer(self._play, other)

        forked(in_child)
        other.close()
        return line

    def _ask(self, what: dict[str, Any]) -> Message:
        self._line.tell(what)
        answer, body = self._line.hear()
        if "error" in answer:
            raise DescentError(answer["error"])
        return answer, body


def forked(work: Callable[[], object]) -> int:
    """Do something in a child that ends with it, whatever happens; returns the child's process."""
    child = os.fork()
    if child:
        return child
    try:
        gc.freeze()  # to search what is shared would copy it
        work()
    except (EOFError, ConnectionError):
        pass  # who asked needs it no more
    finally:
        os._exit(0)


def serve(play: Moments, place: Path, hello: dict[str, Any]) -> None:
    """Draw what the server asks for until it hangs up; for a forked child.

    Args:
        play: The play.
        place: The server's socket.
        hello: Which play this is.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a child of its own that has ended is not waited for
    _answer(_Onward(play) if play.onward else play, Line.to(place, {**hello, "pid": os.getpid()}))


def _answer(play: Moments | _Onward, line: Line) -> None:
    """Draw what is asked for until nobody is there to ask."""
    while True:
        asked, _ = line.hear()
        try:
            if "draw" in asked:
                line.tell({"drawn": asked["draw"]}, play.picture(asked["draw"]))
            else:
                line.tell({"key": play.key()})
        except (EOFError, ConnectionError):
            raise
        except Exception as error:
            line.tell({"error": str(error)})
