"""A silent film for each scheduler's page, for `descent gif` and `descent render` to find by this file."""

from descent.publish.schedulers.scene import scheduler_scene
from descent.record.torch_schedulers import SCHEDULER_PAGES

globals().update({name: scheduler_scene(name, __name__) for name in SCHEDULER_PAGES})
