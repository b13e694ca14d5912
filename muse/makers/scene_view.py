"""Which part of a script a model sees, and who may speak there."""

from __future__ import annotations

from collections.abc import Sequence

from muse.makers.scenes import Cast, parts_of
from muse.tokens.english_values import MOST_SPEAKERS
from muse.tokens.english_values import Speech as Part
from muse.works.base import WishError
from muse.works.script import Script, Speech


def seen_parts(sizes: Sequence[int], first: int, stop: int, most: int) -> range:
    """Parts `first` to `stop` and as many around them as have at most `most` ids, nearest first."""
    used, low, high = sum(sizes[first:stop]), first, stop
    while True:
        before = low > 0 and used + sizes[low - 1] <= most
        after = high < len(sizes) and used + sizes[high] <= most
        if before and (not after or first - low <= high - stop):
            low -= 1
            used += sizes[low]
        elif after:
            used += sizes[high]
            high += 1
        else:
            return range(low, high)


def last_parts(script: Script, cast: Cast) -> list[Part]:
    """The parts behind the last speech of somebody who is not of the cast."""
    low, _ = clear_of_strangers(script, cast, [len(script.elements)])
    near = range(low, len(script.elements))
    return [part for _, part in parts_of(script, cast, near=near)]


def near_names(script: Script, first: int, last: int, coming: Sequence[str]) -> tuple[str, ...]:
    """At most 16 names: those who are to come in, then who speaks nearest to elements `first` to `last`.

    Raises:
        WishError: if there is nobody.
    """
    names: dict[str, str] = {}
    far: dict[str, int] = {}
    for place, each in enumerate(script.elements):
        if isinstance(each, Speech):
            key = each.speaker.casefold()
            names.setdefault(key, each.speaker)
            away = max(first - place, place - last, 0)
            far[key] = min(far.get(key, away), away)
    for name in (*script.cast, *coming):
        names.setdefault(name.casefold(), name)
    near = [name.casefold() for name in coming]
    near += sorted(far, key=lambda key: far[key])
    near += [name.casefold() for name in script.cast]
    kept = list(dict.fromkeys(near))[:MOST_SPEAKERS]
    if not kept:
        raise WishError('nobody speaks in this script; say who shall: --cast "ANNA, PIERRE"')
    return tuple(name for key, name in names.items() if key in kept)


def clear_of_strangers(script: Script, cast: Cast, holes: Sequence[int]) -> tuple[int, int]:
    """Elements around holes among which only the cast speaks: from the first to before the last.

    Raises:
        WishError: if others speak between the holes.
    """
    strange = [
        place
        for place, each in enumerate(script.elements)
        if isinstance(each, Speech) and cast.place(each.speaker) is None
    ]
    if any(holes[0] <= place <= holes[-1] for place in strange):
        raise WishError("--speech: too many persons speak between these speeches")
    low = max([place + 1 for place in strange if place < holes[0]], default=0)
    return low, min([place for place in strange if place > holes[-1]], default=len(script.elements))
