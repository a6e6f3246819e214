"""How runs and schedules show themselves in a notebook: as figures, in HTML that needs nothing beside it."""

import html

from descent.base.errors import DescentError
from descent.figures.comparisons import comparison, schedule_curves
from descent.figures.picture import picture_html
from descent.record.runs import Run
from descent.record.schedules import LRCurve, Schedule, trace_lr
from descent.record.trajectories import Trajectory, trace

_MOST_STEPS = 5000  # a run that is only named is traced to be shown, but not for minutes


def record_html(record: Run | Trajectory | Schedule | LRCurve) -> str:
    """A run as a figure of its way, its loss and its rate; a schedule as one of its rate. What torch refuses says why.

    Args:
        record: What is shown; a run or schedule that is only described is traced.
    """
    if isinstance(record, Run) and record.steps > _MOST_STEPS:
        return (
            f"<p>{html.escape(record.label)}, {record.steps:,} steps: too many to trace unasked; trace(run) does.</p>"
        )
    try:
        if isinstance(record, Schedule | LRCurve):
            curve = trace_lr(record) if isinstance(record, Schedule) else record
            return picture_html(schedule_curves([curve]))
        return picture_html(comparison([trace(record) if isinstance(record, Run) else record]))
    except DescentError as error:
        return f"<p>{html.escape(str(error))}</p>"
