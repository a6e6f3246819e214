"""The package's templates, with everything that comes from data escaped."""

from descent.base.templates import templates


def render(template: str, **values: object) -> str:
    """Fill in a template of the folder `templates`.

    Args:
        template: Its file name.
        values: What it names; a name it does not get is an error.
    """
    return templates("descent.publish.slides").get_template(template).render(**values)
