"""The loss curve of a run, drawn by hand as SVG and turned into PNG."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from muse.works.base import write_atomically

Points = list[tuple[float, float]]
"""(step, nats a token) in order."""

WIDTH, HEIGHT = 900, 460
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 40, 48
COLOURS = {"training": "#4477aa", "held out": "#cc3311"}


def write_curve(log: Path, picture: Path, title: str) -> None:
    """Draw `log.jsonl` of a run as a PNG."""
    import cairosvg

    training, held_out = read_log(log)
    if training:
        svg = curve_svg(training, held_out, title)
        write_atomically(picture, cairosvg.svg2png(svg.encode(), scale=2))


def read_log(log: Path) -> tuple[Points, Points]:
    """Training losses and held-out nats a token of a log."""
    training: Points = []
    held_out: Points = []
    for text in log.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        training.append((line["step"], line["loss"]))
        measured = line.get("held_out", {}).get("nats/token")
        if measured is not None:
            held_out.append((line["step"], measured))
    return training, held_out


def curve_svg(training: Points, held_out: Points, title: str) -> str:
    """Both curves over the steps. What lies above the first few steps' losses is cut off."""
    steps = max(step for step, _ in training)
    settled = [loss for step, loss in training if step >= steps / 25] or [training[-1][1]]
    low = min([*settled, *(loss for _, loss in held_out)])
    high = max([*settled, *(loss for _, loss in held_out)])
    ticks = round_ticks(low, high, 6)
    low, high = min(low, ticks[0]), max(high, ticks[-1])
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13" fill="#333">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="24" font-size="16">{_escaped(title)}</text>',
    ]

    def x(step: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * step / steps, 1)

    def y(loss: float) -> float:
        share = (min(loss, high) - low) / ((high - low) or 1)
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)

    for tick in ticks:
        out.append(
            f'<path d="M{LEFT} {y(tick)}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            f'<text x="{LEFT - 8}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>'
        )
    for tick in round_ticks(0, steps, 8):
        out.append(
            f'<text x="{x(tick)}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{tick:g}</text>'
        )
    out.append(
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">step</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 8}">nats a token</text>'
    )
    place = WIDTH - RIGHT - 260
    for (name, colour), points in zip(COLOURS.items(), (training, held_out)):
        path = " ".join(f"{x(step)},{y(loss)}" for step, loss in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        last = f" {points[-1][1]:.3f}" if points else ""
        out.append(
            f'<text x="{place}" y="24" fill="{colour}">{name}{last}</text>'
        )  # fmt: skip
        place += 140
    return "".join(out) + "</svg>"


def round_ticks(low: float, high: float, most: int) -> Sequence[float]:
    """At most `most` + 1 round numbers from just below `low` to just above `high`."""
    span = (high - low) or 1.0
    rough = span / most
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= rough)
    first = math.floor(low / step + 1e-9)
    count = math.ceil((high - first * step) / step - 1e-9)
    return [round((first + number) * step, 10) for number in range(max(count, 1) + 1)]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
