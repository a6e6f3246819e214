"""Looking at mobjects as numbers."""

import numpy as np


def picture(mobject):
    """Everything drawn of a mobject, as arrays that compare equal exactly when the pictures do."""
    return [
        np.concatenate([part.points.ravel(), part.get_fill_rgbas().ravel(), part.get_stroke_rgbas().ravel()])
        for part in mobject.get_family()
        if len(part.points)
    ]


def same(one, other):
    """Whether two mobjects draw the same picture."""
    left, right = picture(one), picture(other)
    return len(left) == len(right) and all(
        a.shape == b.shape and np.allclose(a, b, atol=1e-9) for a, b in zip(left, right, strict=True)
    )


def inside(mobject, box, slack=1e-6):
    """Whether all that is drawn of a mobject lies in a box."""
    points = np.concatenate([part.points for part in mobject.get_family() if len(part.points)] or [np.zeros((0, 3))])
    return all(
        box.left - slack <= x <= box.right + slack and box.bottom - slack <= y <= box.top + slack for x, y, _ in points
    )
