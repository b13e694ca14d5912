"""A picture of a way from tune to tune: piano rolls side by side, and a map of where they lie.

One self-contained SVG, as the piano roll is; PNG by way of Cairo.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from muse.works.base import WishError
from muse.works.roll import piano_roll_svg
from muse.works.score import Score
from muse.works.wording import plain

GAP = 14
SHORT_BARS, SHORT_ROLL, LONG_ROLL = 8, (330, 4), (660, 2)
"""Tunes up to so many bars, and longer ones: width of their rolls in pixels, and columns of them."""

TALLEST = 16_000
"""Pixels that a PNG may be high; a higher picture is painted smaller."""

MAP_WIDTH, MAP_HEIGHT, MARGIN = 660, 360, 24
_INK, _DOT, _WAY, _ENDS = "#7d858e", "#808890", "#2f80ed", ("#e8743b", "#19a979")

Place = tuple[float, float]


def path_svg(
    tunes: Sequence[Score], way: Sequence[Place] = (), others: Sequence[Place] = ()
) -> str:
    """The picture as an SVG document.

    Args:
        tunes: from the first to the last.
        way: where each of them lies on the map; empty leaves the map out.
        others: where other tunes lie, as a backdrop.

    Raises:
        WishError: if there are not as many places as tunes.
    """
    if way and len(way) != len(tunes):
        raise WishError(f"{len(tunes)} tunes have {len(way)} places on the map")
    parts, top = [], 0.0
    short = all(tune.bars <= SHORT_BARS for tune in tunes)
    roll_width, most = SHORT_ROLL if short else LONG_ROLL
    columns = min(most, len(tunes))
    width = max(columns * (roll_width + GAP) - GAP, MAP_WIDTH if way else 0)
    for first in range(0, len(tunes), columns):
        tallest = 0.0
        for column, tune in enumerate(tunes[first : first + columns]):
            roll = piano_roll_svg(tune, width=roll_width, heading=False)
            x, number = column * (roll_width + GAP), first + column + 1
            name = escape(f"{number}  {plain(tune.title, 40)}".strip())
            parts.append(f'<text x="{x + 6}" y="{top + 13:.0f}" font-size="11">{name}</text>')
            parts.append(roll.replace("<svg ", f'<svg x="{x}" y="{top + 18:.0f}" ', 1))
            tallest = max(tallest, _height(roll))
        top += tallest + 18 + GAP
    if way:
        parts.append(f'<g transform="translate(0 {top:.0f})">{_map(way, others)}</g>')
        top += MAP_HEIGHT + GAP
    label = f"The way from tune to tune in {len(tunes)} steps"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top:.0f}" width="{width}" '
        f'height="{top:.0f}" role="img" aria-label="{label}" fill="{_INK}" '
        f'font-family="Helvetica,Arial,sans-serif">{"".join(parts)}</svg>'
    )


def path_png(
    tunes: Sequence[Score], way: Sequence[Place] = (), others: Sequence[Place] = ()
) -> bytes:
    """The picture as a PNG, twice as large as the SVG says if it fits. Raises WishError if not at all."""
    import cairosvg

    svg = path_svg(tunes, way, others)
    scale = min(2.0, TALLEST / max(_height(svg), 1.0))
    try:
        found: bytes = cairosvg.svg2png(svg.encode(), scale=scale, background_color="white")
    except Exception as error:  # cairocffi raises its own kinds, by the status Cairo gives
        raise WishError(f"cannot paint so large a picture: {error}") from error
    return found


def _height(svg: str) -> float:
    """The height that a piano roll says of itself, in pixels."""
    return float(svg.partition('height="')[2].partition('"')[0])


def _map(way: Sequence[Place], others: Sequence[Place]) -> str:
    """The plane: other tunes as dots, the way as a line with numbered places."""
    xs, ys = zip(*way, *others)
    low, high = (min(xs), min(ys)), (max(xs), max(ys))
    spans = [max(b - a, 1e-6) for a, b in zip(low, high)]

    def at(place: Place) -> Place:
        x = MARGIN + (place[0] - low[0]) / spans[0] * (MAP_WIDTH - 2 * MARGIN)
        y = MARGIN + (high[1] - place[1]) / spans[1] * (MAP_HEIGHT - 2 * MARGIN)
        return x, y

    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2"/>' for x, y in map(at, others))
    places = [at(place) for place in way]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks = ""
    for number, (x, y) in enumerate(places, 1):
        end = number in (1, len(places))
        colour = _ENDS[number != 1] if end else _WAY
        marks += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{6 if end else 4}" fill="{colour}"/>'
        marks += f'<text x="{x + 8:.1f}" y="{y - 6:.1f}" font-size="12">{number}</text>'
    return (
        f'<rect x=".5" y=".5" width="{MAP_WIDTH - 1}" height="{MAP_HEIGHT - 1}" fill="none" '
        f'stroke="{_INK}" stroke-opacity=".4"/><g fill="{_DOT}" fill-opacity=".45">{dots}</g>'
        f'<polyline points="{line}" fill="none" stroke="{_WAY}" stroke-width="2"/>{marks}'
    )
