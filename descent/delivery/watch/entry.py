"""What the server starts in a warm process, named here so that the server itself loads no Manim."""

from descent.delivery.watch.order import StageOrder


def stage(order: StageOrder) -> None:
    """Construct a film whenever the server says so, in a warm process, until the server is gone."""
    from descent.delivery.watch.walker import Walker

    Walker(order).run()
