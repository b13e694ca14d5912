"""Verbs that make verse: a poem, and lines of it anew."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any

from muse.cli.delivery import check_outputs, deliver, seeded
from muse.cli.loading import loaded
from muse.makers.poem_wishes import PoemWish
from muse.makers.wishes import Drawing
from muse.works.base import WishError
from muse.works.poem import Poem

CANDIDATES = 4
"""How many poems are drawn for each that is shown."""


def poem(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse poem`."""
    check_outputs(options.out, "Poem")
    wishes = _wishes(options)
    wish = PoemWish(**{k: v for k, v in wishes.items() if k in PoemWish.__dataclass_fields__})
    poet = _poet(options.model or f"verse-{wish.language}", options)
    deliver(poet.write(**wishes), options, seeded)


def redo(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse redo`: lines of a poem, or a speech of a scene, in other words."""
    from muse.works.formats import open_work
    from muse.works.script import Script

    work = open_work(options.file)
    if isinstance(work, Script):
        from muse.cli.stage import redo_script

        redo_script(work, options)
        return
    if not isinstance(work, Poem):
        raise WishError(f"{options.file} is neither a poem nor a script")
    if options.speech is not None:
        raise WishError("--speech is of scripts; a poem has lines: say --line")
    check_outputs(options.out, "Poem")
    if not options.line:
        raise WishError("--line: say which line is to be written anew, from 1")
    wishes = _wishes(options)
    poet = _poet(options.model or f"verse-{work.language}", options)
    made = poet.redo(work, options.line, options.alternatives, **wishes)
    if options.out or options.json or len(made) == 1:
        deliver(made if len(made) > 1 else made[0], options, seeded)
        return
    for number in options.line:
        print(f"{number:3} {work.lines[number - 1]}")
        for place, each in enumerate(made, 1):
            print(f"{place:5}) {each.lines[number - 1]}")


def _poet(name: str, options: argparse.Namespace) -> Any:
    from muse.makers import load_maker
    from muse.makers.poet import Poet

    found = loaded(load_maker, name, options)
    if not isinstance(found, Poet):
        raise WishError(f"--model {name}: a bundle of kind {found.bundle.kind} writes no verse")
    return found


def _wishes(options: argparse.Namespace) -> dict[str, Any]:
    """The options of a wish and of a drawing that were said."""
    names = [field.name for kind in (PoemWish, Drawing) for field in fields(kind)]
    said = {name: getattr(options, name, None) for name in names}
    wishes = {name: value for name, value in said.items() if value is not None}
    for name in ("ends", "words", "locked"):
        if name in wishes:
            wishes[name] = _once_each(name, wishes[name])
    return {"candidates": CANDIDATES, **wishes}


def _once_each(name: str, pairs: list[tuple[int, str]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, text in pairs:
        if number in found:
            raise WishError(f"line {number} is told twice: {found[number]!r} and {text!r}")
        found[number] = text
    return found
