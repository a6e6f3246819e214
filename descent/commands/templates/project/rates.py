from functools import partial

from torch.optim import SGD, RMSprop

from descent import VALLEY, Claim, Run, oscillates, reaches
from descent.stage import Beat, ComparisonScene

PLAIN, SCALED = (Run(VALLEY, partial(optimizer, lr=0.5), (-4.5, -2.0), 50) for optimizer in (SGD, RMSprop))


class RMSpropSwingsLess(ComparisonScene):
    """SGD still swings across the valley when RMSprop walks along its floor."""

    title = "Here, RMSprop swings less than SGD"
    runs = (PLAIN, SCALED)
    claims = (
        Claim("SGD still swings at step 20.", (PLAIN,), oscillates(0.5, last=8, until=20)),
        Claim("RMSprop reaches the minimum.", (SCALED,), reaches((0, 0), within=0.1, by=40)),
    )
    beats = (
        Beat("Two optimizers, one start, one learning rate.", "One start, one rate"),
        Beat("SGD swings from wall to wall.", "SGD swings", to=20),
        Beat("RMSprop soon walks along the valley floor.", "RMSprop walks", to=50),
    )
