"""A silent film for each scheduler's page, for `descent gif` and `descent render` to find by this file."""

from descent.record.torch_schedulers import PAGES
from descent.stage.scheduler_scene import scheduler_scene

globals().update({name: scheduler_scene(name, __name__) for name in PAGES})
