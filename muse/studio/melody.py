"""What the tab "Melody" does: wishes to scores, scores to what is seen and heard."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from muse.studio.desk import Desk, laid, work_in_hand
from muse.studio.limits import (
    MOST_ALTERNATIVES,
    MOST_BARS,
    checked_count,
    checked_seed,
    in_time,
    numbers_of,
)
from muse.studio.shelf import encoded, maker
from muse.works.base import WishError, Work
from muse.works.score import ChordMark, Score

_OWN_LINES = ("%abc", "%%AIGC", "%%muse", "N:Written with Muse")
"""Lines of our ABC files that tell how the tune was made; the desk remembers that by itself."""


def abc_text(score: Work) -> str:
    """A score as ABC, without the lines for machines."""
    lines = encoded(score, ".abc").decode("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith(_OWN_LINES))


def read_abc(text: str, before: Work | None = None) -> Score:
    """The first tune of an ABC text. Raises WishError."""
    from muse.works.formats.abc import decode

    score = decode(text.encode("utf-8"), "your ABC")
    if score.bars > 4 * MOST_BARS:
        raise WishError(f"the piece has {score.bars} bars; the studio takes {4 * MOST_BARS}")
    return score


def tune_in_hand(desk: Desk, abc: str | None) -> Score:
    """The tune in the editor. Raises WishError if there is none."""
    return work_in_hand(desk, abc, read_abc)


def uploaded(desk: Desk, path: str | None) -> Desk:
    """The desk with a tune of a visitor's file. Raises WishError."""
    from muse.works.formats import open_score

    if not path:
        raise WishError("choose a file: MIDI, MusicXML, ABC or JSON")
    return laid(desk, [open_score(path)], "your file", abc_text)


def wishes(
    bars: float | None = None, key: str | None = None, meter: str | None = None,
    style: str | None = None, tempo: float | None = None, chords: str | None = None,
    range: str | None = None, largest_leap: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Fields of the page as options of a composer; empty ones are left to the model."""
    found: dict[str, Any] = {
        "bars": bars and checked_count("bars", bars, MOST_BARS),
        "key": key, "meter": meter, "style": style, "chords": chords, "range": range,
        "tempo": tempo and float(tempo),
        "largest_leap": largest_leap and checked_count("the largest leap", largest_leap, 127),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, "", 0)}


def drawing(seed: float | None, alternatives: float | None) -> dict[str, Any]:
    """Fields of the page as options of a drawing."""
    count = checked_count("alternatives", alternatives or 1, MOST_ALTERNATIVES)
    return {"seed": checked_seed(seed), "variations": count}


def composed(desk: Desk, wish: dict[str, Any], drawn: dict[str, Any]) -> Desk:
    """The desk with new melodies."""
    return laid(desk, maker("melody").compose(**wish, **drawn), "compose", abc_text)


def continued(desk: Desk, abc: str | None, wish: dict[str, Any], drawn: dict[str, Any]) -> Desk:
    """The desk with the tune in hand, written on."""
    made = maker("melody").continue_(tune_in_hand(desk, abc), **wish, **drawn)
    return laid(desk, made, "continue", abc_text)


def filled(
    desk: Desk, abc: str | None, first: float | None, last: float | None,
    wish: dict[str, Any], drawn: dict[str, Any],
) -> Desk:  # fmt: skip
    """The desk with bars `first` to `last` of the tune in hand written anew."""
    score = tune_in_hand(desk, abc)
    low = checked_count("from bar", first, score.bars)
    high = checked_count("to bar", last, score.bars)
    if low > high:
        raise WishError(f"from bar {low} lies behind to bar {high}")
    made = maker("melody").fill(score, low, high, **wish, **drawn)
    return laid(desk, made, f"bars {low}-{high}", abc_text)


def redone_around(
    desk: Desk, abc: str | None, locked: str | None, wish: dict[str, Any], drawn: dict[str, Any]
) -> Desk:
    """The desk with every bar written anew that is not locked ("1-4, 8").

    Each run of bars between locked ones is filled in its turn, with what was filled before it.
    """
    score = tune_in_hand(desk, abc)
    every_bar = [bar.number for bar in score.grid() if bar.number]
    kept = numbers_of(locked, "locked bars", score.bars)
    runs = runs_of([n for n in every_bar if n not in kept])
    if not runs:
        raise WishError("all bars are locked: unlock one")
    made = [score] * drawn["variations"]
    for number, (first, last) in enumerate(runs):
        if number == 0:
            made = maker("melody").fill(score, first, last, **wish, **drawn)
            continue
        alone = {**drawn, "variations": 1}
        made = [maker("melody").fill(each, first, last, **wish, **alone)[0] for each in made]
    return laid(desk, made, "redo around locked bars", abc_text)


def varied(
    desk: Desk, abc: str | None, amount: float, wish: dict[str, Any], drawn: dict[str, Any]
) -> Desk:
    """The desk with the tune in hand, a share of its bars written anew."""
    made = maker("melody").vary(tune_in_hand(desk, abc), float(amount), **wish, **drawn)
    return laid(desk, made, "vary", abc_text)


def harmonized(desk: Desk, abc: str | None, setting: str, drawn: dict[str, Any]) -> Desk:
    """The desk with chords over the tune in hand ("chords"), or it in four parts ("four voices")."""
    if setting not in SETTINGS:
        raise WishError(f"harmony is one of {', '.join(SETTINGS)}, not {setting!r}")
    made = maker(SETTINGS[setting]).harmonize(tune_in_hand(desk, abc), **drawn)
    return laid(desk, made, setting, abc_text)


SETTINGS = {"chords": "melody", "four voices": "chorale"}
"""How a tune is harmonized, and the bundle that does it."""


def heard(desk: Desk, abc: str | None) -> Desk:
    """The desk with the editor's text as the tune in hand."""
    score = tune_in_hand(desk, abc)
    return desk if score is desk.work else laid(desk, [score], "edit", abc_text)


def growing(wish: dict[str, Any], seed: int) -> Iterator[str]:
    """Pages of a new melody while it is written, a bar more each. Raises WishError."""
    from muse.works.roll import piano_roll_svg

    bars: list[Score] = []
    for bar in in_time(maker("melody").stream(**wish, seed=seed)):
        bars.append(bar)
        roll = _fluid(piano_roll_svg(joined(bars), heading=False))
        yield f'<div class="muse-growing" aria-live="polite">{roll}<p>Bar {len(bars)} …</p></div>'


def joined(bars: Sequence[Score]) -> Score:
    """Scores one after another as one; a preview, so notes tied over a bar line stay parted."""
    at, notes, chords = 0, [], []
    for bar in bars:
        notes += [replace(note, start=note.start + at) for note in bar.melody.notes]
        chords += [ChordMark(mark.start + at, mark.chord) for mark in bar.chords]
        at += bar.length
    part = replace(bars[0].melody, notes=tuple(notes))
    return replace(bars[0], parts=(part,), chords=tuple(chords), bars=sum(bar.bars for bar in bars))


def page(desk: Desk) -> str:
    """The alternatives side by side: roll, player, facts, engraved score."""
    cards = [
        _card(score, number, len(desk.works), number - 1 == desk.place)
        for number, score in enumerate(desk.works, 1)
    ]
    return f'<div class="muse-cards">{"".join(cards)}</div>'


def _card(score: Work, number: int, count: int, in_hand: bool) -> str:
    from muse.works.show import score_html

    assert isinstance(score, Score)
    name = f"Alternative {number}" if count > 1 else "The tune"
    mark = " (in the editor)" if in_hand and count > 1 else ""
    shown = score_html(score).replace("<audio ", f'<audio aria-label="Play: {name}" ', 1)
    shown = shown.replace("<svg ", f'<svg role="img" aria-label="Piano roll: {name}" ', 1)
    return (
        f'<section class="muse-card{" muse-in-hand" if in_hand and count > 1 else ""}" '
        f'aria-label="{name}"><h3>{name}{mark}</h3>{shown}{_engraved(score, name)}</section>'
    )


def _engraved(score: Score, name: str) -> str:
    """The score as an engraver sets it, as a picture; a line of words where it is too long."""
    try:
        picture = base64.b64encode(encoded(score, ".svg")).decode("ascii")
    except WishError as error:
        return f"<p>{escape(str(error))}</p>"
    return (
        f"<details open><summary>Score</summary>"
        f'<div class="muse-page" tabindex="0" role="group" aria-label="Score: {name}"><img class="muse-score" alt="Engraved score: {name}" '
        f'src="data:image/svg+xml;base64,{picture}"></div></details>'
    )


def _fluid(svg: str) -> str:
    return svg.replace("<svg ", '<svg style="max-width:100%;height:auto;display:block" ', 1)


def runs_of(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of neighbours: [1, 2, 5] gives [(1, 2), (5, 5)]."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
