"""A silent film of one scheduler at work, made from its page."""

from manim import rate_functions

from descent.record.torch_schedulers import SchedulerPage, find_page
from descent.stage.scene.comparison import ComparisonScene

_SECONDS = 9.0
_HOLD = 2.0


class SchedulerScene(ComparisonScene):
    """Rate, ball and loss of one page's run on one clock.

    Attributes:
        page: Which scheduler.
    """

    page: SchedulerPage
    voiced = False
    rate_height = 1.9

    def construct(self) -> None:
        """Show the rule, and let the ball roll."""
        self.show_note(self.page.claim.text)
        self.play(*self.reveal(), run_time=1.0)
        self.roll(self.steps, _SECONDS, rate_func=rate_functions.linear)
        self.wait(_HOLD)


def scheduler_scene(name: str, module: str) -> type[SchedulerScene]:
    """The scene of a scheduler's page, as a class of a module.

    Raises:
        DescentError: If there is no page of that name.
    """
    page = find_page(name)
    body = {
        "__module__": module,
        "page": page,
        "title": page.name,
        "runs": (page.run,),
        "claims": (page.claim,),
        "__doc__": page.claim.text,
    }
    return type(page.name, (SchedulerScene,), body)
