"""What a matplotlib user writes today for the runs of ``MomentumEscapes``: `FuncAnimation` to an MP4.

``python -m benchmarks.by_matplotlib FILM WIDTH HEIGHT RATE SECONDS``
"""

import sys
from fractions import Fraction
from io import BytesIO
from typing import Any

import av
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import AbstractMovieWriter, FuncAnimation

from descent import BIRD, EXPERIMENTS, trace


class Writer(AbstractMovieWriter):
    """As matplotlib's own FFMpegWriter, with the encoder in this process: no ``ffmpeg`` needs to be installed."""

    def setup(self, fig: Any, outfile: str, dpi: float | None = None) -> None:
        """Open the film."""
        super().setup(fig, outfile, dpi)
        self.film = av.open(outfile, "w")
        self.stream = self.film.add_stream("libx264", Fraction(self.fps))
        self.stream.width, self.stream.height = self.frame_size
        self.stream.pix_fmt = "yuv420p"

    def grab_frame(self, **savefig: Any) -> None:
        """Draw the figure, and encode it."""
        pixels = BytesIO()
        self.fig.savefig(pixels, format="rgba", dpi=self.dpi, **savefig)
        width, height = self.frame_size
        frame = av.VideoFrame.from_ndarray(
            np.frombuffer(pixels.getbuffer(), np.uint8).reshape(height, width, 4), "rgba"
        )
        self.film.mux(self.stream.encode(frame))

    def finish(self) -> None:
        """Close the film."""
        self.film.mux(self.stream.encode())
        self.film.close()


def main(path: str, width: int, height: int, rate: int, seconds: float) -> None:
    """Make the film."""
    runs = [trace(EXPERIMENTS[name]) for name in ("E03", "E04")]
    (left, right), (bottom, top) = BIRD.domain
    w1, w2 = np.meshgrid(np.linspace(left, right, 100), np.linspace(bottom, top, 100))
    losses = np.vectorize(BIRD.at)(w1, w2)
    fig, (map_, curve) = plt.subplots(1, 2, figsize=(width / 100, height / 100), dpi=100)
    map_.contour(w1, w2, losses, 20, linewidths=0.8)
    map_.set_title("Momentum carries the ball through a local minimum")
    curve.set(xlim=(0, max(run.steps for run in runs)), ylim=(losses.min(), losses.max()), xlabel="step", ylabel="loss")
    trails = [map_.plot([], [], "-")[0] for _ in runs]
    balls = [map_.plot([], [], "o")[0] for _ in runs]
    curves = [curve.plot([], [])[0] for _ in runs]
    frames = round(rate * seconds)

    def update(frame: int) -> list[Any]:
        for run, trail, ball, line in zip(runs, trails, balls, curves, strict=True):
            step = frame / frames * (len(run.params) - 1)
            done = int(step)
            here = run.params[done] + (step - done) * (
                run.params[min(done + 1, len(run.params) - 1)] - run.params[done]
            )
            trail.set_data(*np.vstack([run.params[: done + 1], here]).T)
            ball.set_data([here[0]], [here[1]])
            line.set_data(np.arange(done + 1), run.loss[: done + 1])
        return [*trails, *balls, *curves]

    FuncAnimation(fig, update, frames=frames, blit=True).save(path, writer=Writer(rate))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]), float(sys.argv[5]))
