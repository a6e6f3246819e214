"""A run in a landscape: its trail on the ground, and its rolling ball."""

from descent.look.opengl.rolling import Track
from descent.look.opengl.shot import Running
from descent.look.palette import DASHES, MARKERS, srgb
from descent.record.trajectories import Trajectory
from descent.stage.geometry import Floats
from descent.stage.landscape.terrain import OnLand, Terrain
from descent.stage.theme import current_theme

_DASH = 0.22  # the map's dashes, in world units per frame unit


class TerrainRun(OnLand):
    """Start, trail, iterates and ball of one run in a landscape: what ``RunMarks`` is on a map.

    The ball lies on the ground straight above the data point, and moves along the straight segment of each step.

    Args:
        trajectory: The run's record.
        terrain: Where it is shown.
        index: Position of the run among those compared; chooses srgb, dash and solid.
        size: Scale of marks and ball.
        tail: How many of the last steps stay visible, drawn without dashes; all by default.
    """

    def __init__(
        self, trajectory: Trajectory, terrain: Terrain, index: int = 0, size: float = 1.0, tail: int | None = None
    ) -> None:
        super().__init__()
        dash = DASHES[index]
        self.trajectory, self._terrain, self.tail = trajectory, terrain, tail
        self.track = Track(
            terrain.land,
            trajectory.params,
            srgb(current_theme().runs[index]),
            MARKERS[index] if MARKERS[index] != "star" else "plus",
            None if dash is None else (dash[0] * _DASH, dash[1] * _DASH),
            size,
        )
        self.digest = self.track.digest
        outside = [
            int(step)
            for step, w in zip(trajectory.at, trajectory.params, strict=False)
            if not terrain.surface.contains(*w)
        ]
        self.exit_step = outside[0] if outside else None
        terrain.enroll(self)

    def shown(self) -> Running:
        """The run at its step."""
        return Running(self.track, self.trajectory.row_at(self.step), self.opacity, self.tail)

    def position(self, step: float) -> Floats:
        """Where the ball's centre is in the frame, shape (3,)."""
        return self._terrain.seen(self.track.rolling.at(self.trajectory.row_at(step))[0][0])
