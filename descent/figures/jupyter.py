"""How records and figures show themselves in a notebook: as one small picture each, with its alt text."""

import base64
import io

from PIL import Image

from descent.base.errors import DescentError
from descent.figures.comparisons import comparison, schedule_curves
from descent.figures.picture import Picture
from descent.figures.surface_maps import surface_map
from descent.record.display import Bundle
from descent.record.runs import Run
from descent.record.schedules import LRCurve, Schedule
from descent.record.surfaces import Surface
from descent.record.trajectories import Trajectory

_MOST_STEPS = 5000  # a run that is only named is traced to be shown, but not for minutes
_DPI, _SHOWN = 144, 100  # pixels an inch, of the picture and of the page: what is 8 points is 11 pixels high
_COLOURS = 256  # of a palette: a quarter of the bytes, and a notebook keeps them in every version

Shown = Surface | Run | Trajectory | Schedule | LRCurve | Picture


def shown(record: Shown) -> Bundle:
    """A surface as its map; a run with its way, its loss and its rate; a schedule as its rate.

    Args:
        record: What is shown; a run or schedule that is only described is traced.

    Returns:
        A PNG with its alt text, which is its text too; in words alone, why there is none.
    """
    if isinstance(record, Run) and record.steps > _MOST_STEPS:
        return _told(f"{record.label}, {record.steps:,} steps: too many to trace unasked; trace(run) does.")
    try:
        picture = _picture(record)
    except DescentError as error:
        return _told(str(error))
    with Image.open(io.BytesIO(picture.png(_DPI))) as whole, io.BytesIO() as small:
        whole.convert("RGB").quantize(_COLOURS).save(small, "PNG", optimize=True)
        data = {"image/png": base64.b64encode(small.getvalue()).decode(), "text/plain": picture.alt}
        return data, {"image/png": {"alt": picture.alt, "width": round(whole.width * _SHOWN / _DPI)}}


def _picture(record: Shown) -> Picture:
    if isinstance(record, Picture):
        return record
    if isinstance(record, Surface):
        return surface_map(record)
    if isinstance(record, Schedule | LRCurve):
        return schedule_curves([record])
    return comparison([record])


def _told(sentence: str) -> Bundle:
    return {"text/plain": sentence}, {}
