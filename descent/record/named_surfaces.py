"""The zoo: the course's two surfaces and eight classics, each with every minimum inside its view."""

import itertools
import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from descent.base.errors import DescentError, nearest
from descent.record.surfaces import Point, Surface


def _bird(w1: Tensor, w2: Tensor) -> Tensor:
    return (
        torch.sin(w2) * torch.exp(1 - torch.cos(w1)) ** 2
        + torch.cos(w1) * torch.exp(1 - torch.sin(w2)) ** 2
        + (w1 - w2) ** 2
    )


def _valley(w1: Tensor, w2: Tensor) -> Tensor:
    return w1**2 + w2**2 + 1.8 * w1 * w2


def _rosenbrock(w1: Tensor, w2: Tensor) -> Tensor:
    return (1 - w1) ** 2 + 100 * (w2 - w1**2) ** 2


def _himmelblau(w1: Tensor, w2: Tensor) -> Tensor:
    return (w1**2 + w2 - 11) ** 2 + (w1 + w2**2 - 7) ** 2


def _beale(w1: Tensor, w2: Tensor) -> Tensor:
    return (1.5 - w1 + w1 * w2) ** 2 + (2.25 - w1 + w1 * w2**2) ** 2 + (2.625 - w1 + w1 * w2**3) ** 2


def _styblinski_tang(w1: Tensor, w2: Tensor) -> Tensor:
    return (w1**4 - 16 * w1**2 + 5 * w1 + w2**4 - 16 * w2**2 + 5 * w2) / 2


def _rastrigin(w1: Tensor, w2: Tensor) -> Tensor:
    return 20 + w1**2 - 10 * torch.cos(2 * math.pi * w1) + w2**2 - 10 * torch.cos(2 * math.pi * w2)


def _ackley(w1: Tensor, w2: Tensor) -> Tensor:
    square = (w1**2 + w2**2) / 2
    tip = square == 0  # where the gradient of a bare square root would be NaN, and this one's is 0
    distance = torch.where(tip, square, torch.sqrt(torch.where(tip, 1.0, square)))
    ripple = (torch.cos(2 * math.pi * w1) + torch.cos(2 * math.pi * w2)) / 2
    return 20 + math.e - 20 * torch.exp(-distance / 5) - torch.exp(ripple)


def _three_hump_camel(w1: Tensor, w2: Tensor) -> Tensor:
    return 2 * w1**2 - 1.05 * w1**4 + w1**6 / 6 + w1 * w2 + w2**2


def _saddle(w1: Tensor, w2: Tensor) -> Tensor:
    return w1**2 - w2**2


def _square(half: float) -> tuple[Point, Point]:
    return (-half, half), (-half, half)


def _lattice(coordinates: tuple[float, ...]) -> tuple[Point, ...]:
    """Every pair of ``± coordinates``, nearest to the origin first."""
    line = sorted({sign * w for w in coordinates for sign in (1.0, -1.0)})
    return tuple(sorted(itertools.product(line, line), key=lambda point: math.hypot(*point)))


def _mirrored(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """The points with their mirror images in both axes and in the diagonal, in the points' order."""
    signs = list(itertools.product((1, -1), repeat=2))
    images = [(a * w, b * v) for pair in points for w, v in (pair, pair[::-1]) for a, b in signs]
    return tuple(dict.fromkeys(images))


BIRD = Surface(
    "bird",
    _bird,
    ((-14, 0), (-6, 12)),
    (
        (-3.122860167364, -1.589528813021),
        (-9.329922731851, -1.665651555713),
        (-3.046737424672, 4.617533751467),
        (-5.632536940905, -5.363037346659),
        (-9.248435009216, 4.536046028832),
        (-2.965249702037, 10.819231336011),
        (-9.153879445065, 10.724675771860),
    ),
    "sin(w_2) e^(2 (1 - cos w_1)) + cos(w_1) e^(2 (1 - sin w_2)) + (w_1 - w_2)^2",
    "The course's sin_loss_fn; a relative of Mishra's Bird function (2006).",
)

VALLEY = Surface(
    "valley",
    _valley,
    _square(5),
    ((0.0, 0.0),),
    "w_1^2 + w_2^2 + 1.8 w_1 w_2",
    "The course's reg_loss_fn: a quadratic of condition number 19.",
)

ROSENBROCK = Surface(
    "rosenbrock",
    _rosenbrock,
    ((-2, 2), (-1, 3)),
    ((1.0, 1.0),),
    "(1 - w_1)^2 + 100 (w_2 - w_1^2)^2",
    "Rosenbrock (1960), The Computer Journal 3(3).",
)

HIMMELBLAU = Surface(
    "himmelblau",
    _himmelblau,
    _square(5),
    (
        (3.0, 2.0),
        (-2.805118086953, 3.131312518251),
        (-3.779310253378, -3.283185991286),
        (3.584428340330, -1.848126526964),
    ),
    "(w_1^2 + w_2 - 11)^2 + (w_1 + w_2^2 - 7)^2",
    "Himmelblau (1972), Applied Nonlinear Programming.",
)

BEALE = Surface(
    "beale",
    _beale,
    _square(4.5),
    ((3.0, 0.5),),
    "(1.5 - w_1 + w_1 w_2)^2 + (2.25 - w_1 + w_1 w_2^2)^2 + (2.625 - w_1 + w_1 w_2^3)^2",
    "Beale (1958), report 25 of Princeton's Statistical Techniques Research Group.",
)

STYBLINSKI_TANG = Surface(
    "styblinski-tang",
    _styblinski_tang,
    _square(5),
    (
        (-2.903534027771, -2.903534027771),
        (2.746802770991, -2.903534027771),
        (-2.903534027771, 2.746802770991),
        (2.746802770991, 2.746802770991),
    ),
    "1/2 sum_(i=1)^2 (w_i^4 - 16 w_i^2 + 5 w_i)",
    "Styblinski and Tang (1990), Neural Networks 3(4).",
)

RASTRIGIN = Surface(
    "rastrigin",
    _rastrigin,
    _square(5.12),
    _lattice((0.0, 0.994958637652, 1.989912233709, 2.984855701039, 3.979783860301, 4.974691390895)),
    "20 + sum_(i=1)^2 (w_i^2 - 10 cos(2 pi w_i))",
    "Rastrigin (1974), Systems of Extremal Control; all 121 minima of the view.",
)

ACKLEY = Surface(
    "ackley",
    _ackley,
    _square(3),
    _mirrored(
        (
            (0.0, 0.0),
            (0.952166545950, 0.0),
            (0.968477658708, 0.968477658708),
            (1.958919718122, 0.0),
            (1.964616662863, 0.982416035079),
            (1.974451986484, 1.974451986484),
            (2.964619443112, 0.0),
            (2.967259528763, 0.989154186482),
            (2.973139419924, 1.982139950381),
            (2.979223954691, 2.979223954691),
        )
    ),
    "20 + e - 20 e^(-0.2 sqrt((w_1^2 + w_2^2) \\/ 2)) - e^((cos(2 pi w_1) + cos(2 pi w_2)) \\/ 2)",
    "Ackley (1987), A Connectionist Machine for Genetic Hillclimbing; a cone at its global minimum.",
)

THREE_HUMP_CAMEL = Surface(
    "three-hump camel",
    _three_hump_camel,
    _square(2.5),
    ((0.0, 0.0), (-1.747552345830, 0.873776172915), (1.747552345830, -0.873776172915)),
    "2 w_1^2 - 1.05 w_1^4 + w_1^6 / 6 + w_1 w_2 + w_2^2",
    "Surjanovic and Bingham, Virtual Library of Simulation Experiments.",
)

SADDLE = Surface("saddle", _saddle, _square(2), (), "w_1^2 - w_2^2", "The textbook saddle: no minimum at all.")

SURFACES: Mapping[str, Surface] = MappingProxyType(
    {
        surface.name: surface
        for surface in (
            BIRD,
            VALLEY,
            ROSENBROCK,
            HIMMELBLAU,
            BEALE,
            STYBLINSKI_TANG,
            RASTRIGIN,
            ACKLEY,
            THREE_HUMP_CAMEL,
            SADDLE,
        )
    }
)
"""The zoo by name."""


def find_surface(name: str) -> Surface:
    """The surface of that name.

    Raises:
        DescentError: If the zoo has none, naming the nearest.

    >>> find_surface("bird").global_minimum
    (-3.122860167364, -1.589528813021)
    """
    if name not in SURFACES:
        raise DescentError(f"There is no surface {name!r}: {nearest(name, SURFACES)}")
    return SURFACES[name]
