"""``descent gif``: GIFs for docs."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from descent.base.errors import DescentError
from descent.commands.shared import (
    ASSETS,
    LISTING,
    SCENES,
    STORE,
    every_option,
    failure,
    jobs_option,
    json_option,
    output_option,
    progress,
    scenes_argument,
    theme_option,
)

if TYPE_CHECKING:
    from descent.delivery.committed_gifs import Look, Published
    from descent.delivery.orders import Film, Order
    from descent.delivery.render import Progress


@click.command()
@scenes_argument
@every_option
@click.option("--width", type=click.IntRange(64, 3840), default=800, show_default=True, help="Width in pixels.")
@click.option("--budget", type=click.FloatRange(0.01), default=2.0, show_default=True, help="Most megabytes of a GIF.")
@click.option("--check", is_flag=True, help="Make nothing; list what is stale, with exit status 1 if anything is.")
@theme_option
@output_option
@jobs_option
@json_option
def gif(
    scenes: tuple[str, ...],
    every: bool,
    width: int,
    budget: float,
    check: bool,
    theme: str,
    output: Path | None,
    jobs: int,
    as_json: bool,
) -> None:
    """Make GIFs of SCENES for docs, or check that they are fresh.

    -o names a folder, or a GIF for one scene. In a folder, only what is stale is made again: `gifs.json` beside the
    GIFs notes what each shows. Commit both. A GIF over its budget gives up colours, then every other frame, then size,
    and says so. A scene may name the beats that its GIF shows (`gif_beats`).

    \b
    descent gif MomentumEscapes -o momentum.gif
    descent gif --all -o assets/gallery
    descent gif --all -o assets/gallery --check     in CI: status 1 if one is stale
    """  # noqa: D301 -- click's mark for lines to leave alone
    from descent.delivery.committed_gifs import Published

    orders = _orders(scenes, every, theme, output or ASSETS, width, budget)
    if check and orders[0].stem:
        raise DescentError(f"--check looks into a folder and its gifs.json; give a folder, not {output}.")
    published = Published(orders[0].folder)
    with progress() as told:
        stale, failed = _stale(orders, published, jobs, told, renew=not check)
        made = {} if check else _make(stale, published, jobs, told)
    rows = [_row(order, stale, failed.get(order), made.get(order)) for order in orders]
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        for row in rows:
            _tell(row)
    if failed or (check and stale) or any(film.error for film in made.values()):
        sys.exit(1)


def _orders(scenes: Sequence[str], every: bool, theme: str, output: Path, width: int, budget: float) -> "list[Order]":
    from descent.delivery.orders import place

    if bool(scenes) == every:
        raise DescentError("name the scenes to make GIFs of, or give --all; `descent list` shows them.")
    placed = place(scenes, SCENES, "docs", theme, output, LISTING)
    single = output.suffix == ".gif"
    if single and len(placed) > 1:
        raise DescentError(f"{output} is one file for {len(placed)} scenes; give a folder.")
    width, height = 2 * (width // 2), 2 * round(width * 9 / 32)
    profile = replace(placed[0].profile, width=width, height=height, budget=round(budget * 1_000_000))
    folder, stem = (output.parent, output.stem) if single else (output, "")
    return [replace(order, profile=profile, folder=folder, stem=stem, bare=True) for order in placed]


def _stale(
    orders: "Sequence[Order]", published: "Published", jobs: int, told: "Progress", renew: bool
) -> "tuple[dict[Order, Look | None], dict[Order, Exception]]":
    """The orders whose GIF would look different, with their looks, and those that cannot be planned."""
    if orders[0].stem:
        return dict.fromkeys(orders), {}
    unsure = [order for order in orders if not published.unchanged(order)]
    stale: dict[Order, Look | None] = {}
    failed: dict[Order, Exception] = {}
    if unsure:
        from descent.base.workers import Workers
        from descent.delivery.in_worker import look_of

        told(0, len(unsure), "planning")
        with Workers(jobs) as processes:
            for done, (order, look) in enumerate(processes.run(look_of, unsure), 1):
                told(done, len(unsure), f"planning {order.scene.name}")
                if isinstance(look, Exception):
                    failed[order] = look
                elif not published.looks_the_same(order, look):
                    stale[order] = look
                elif renew:
                    published.add(order, look)
    return stale, failed


def _make(
    stale: "dict[Order, Look | None]", published: "Published", jobs: int, told: "Progress"
) -> "dict[Order, Film]":
    if not stale:
        return {}
    from descent.delivery.render import render

    films = {film.order: film for film in render(list(stale), STORE, jobs, told)}
    for order, look in stale.items():
        if films[order].error is None and look is not None:
            published.add(order, look)
    return films


def _row(
    order: "Order", stale: "dict[Order, Look | None]", error: Exception | None, film: "Film | None"
) -> dict[str, object]:
    file = order.films[0]
    row: dict[str, object] = {"scene": order.scene.name, "file": str(file), "state": "fresh"}
    if film and not film.error:
        row |= {"state": "made", "bytes": file.stat().st_size, "remarks": list(film.remarks)}
    elif problem := error or (film and film.error):
        row |= {"state": "failed", "error": failure(problem)}
    elif order in stale:
        row["state"] = "stale"
    return row


def _tell(row: dict[str, object]) -> None:
    if row["state"] == "failed":
        click.echo(f"{row['scene']}: {row['error']}", err=True)
    elif row["state"] == "made":
        click.echo(f"{row['file']}  ({int(str(row['bytes'])) / 1e6:.2f} MB)")
        for remark in row["remarks"]:  # type: ignore[attr-defined]
            click.echo(f"  {remark}")
    else:
        click.echo(f"{row['file']}  ({'nothing changed' if row['state'] == 'fresh' else 'stale'})")
