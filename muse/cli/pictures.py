"""Verbs that make pictures."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields, replace
from typing import Any

from muse.cli.delivery import check_outputs, deliver, seeded
from muse.makers.picture_wishes import METHODS, PictureWish, asked
from muse.works.base import WishError, Work
from muse.works.picture import Picture, grid

COVER_SIDE = 512


def _wish(options: argparse.Namespace) -> dict[str, Any]:
    """What was said of a wish."""
    found = {field.name: getattr(options, field.name, None) for field in fields(PictureWish)}
    return {name: value for name, value in found.items() if value not in (None, "")}


def _painter(name: str) -> Any:
    import torch

    from muse.makers import load_maker
    from muse.makers.painter import Painter

    torch.set_num_threads(1)
    maker = load_maker(name)
    if not isinstance(maker, Painter):
        raise WishError(f"{name} is no bundle that paints")
    return maker


def _picture(path: str | None) -> Picture | None:
    from muse.works.formats import open_work

    if path is None:
        return None
    work = open_work(path)
    if not isinstance(work, Picture):
        raise WishError(f"{path} is no picture; give a PNG")
    return work


def paint(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse paint`."""
    said = _wish(options)
    check_outputs(options.out, "Picture")
    if options.walk:
        _walk(options, said)
        return
    wish = asked(said)  # wrong wishes are told before a model is loaded
    if options.method and wish.digit is None:
        raise WishError("--method is how a digit is drawn: say --digit too")
    like, mask = _picture(options.like), _picture(options.mask)
    usual = "icons" if wish.digit is None else METHODS[options.method or "flow"]
    painter = _painter(options.model or usual)
    if options.stream:
        for step in painter.stream(like=like, mask=mask, **said):
            print(f"\n{step[0]}", file=sys.stderr, flush=True)
    made = painter.paint(like=like, mask=mask, **said)
    if options.grid and isinstance(made, list):
        made = _sheet(made)
    deliver(made, options, _name)


def _walk(options: argparse.Namespace, said: dict[str, Any]) -> None:
    """The pictures of a walk, or all of them in one row."""
    try:
        digits = [int(word) for word in options.walk.split(",")]
    except ValueError as error:
        raise WishError(f"--walk is digits with commas, such as 3,8, not {options.walk}") from error
    if said.get("digit") is not None or said.get("words"):
        raise WishError("--walk says its digits itself")
    painter = _painter(options.model or METHODS[options.method or "vae"])
    count = said.get("variations", 9)
    made = painter.walk(digits, count=count, seed=said.get("seed", 0))
    if said.get("size"):
        from muse.works.enlarging import enlarged

        made = [enlarged(picture, said["size"]) for picture in made]
    deliver(_sheet(made, len(made)) if options.grid else made, options, _name)


def _sheet(pictures: list[Picture], columns: int | None = None) -> Picture:
    """Pictures in a grid, with the account of the first."""
    account = {**pictures[0].provenance, "grid": len(pictures)}
    return replace(grid(pictures, columns), title=pictures[0].title, provenance=account)


def cover(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse cover`: an icon for a work, large enough to be used."""
    from muse.makers.cover import cover_words
    from muse.works.formats import open_work

    check_outputs(options.out, "Picture")
    work = open_work(options.file)
    if isinstance(work, Picture):
        raise WishError(f"{options.file} is a picture itself; give a poem, a script or a tune")
    said = {"size": COVER_SIDE} | {k: v for k, v in _wish(options).items() if k != "words"}
    painter = _painter(options.model or "icons")
    words = options.words or cover_words(work, painter.bundle.config.words)
    print(f"painting {words!r}", file=sys.stderr)
    deliver(painter.paint(words, **said), options, _name)


def _name(work: Work) -> str:
    """What a picture is called in a folder."""
    model = str(work.provenance.get("model", "picture")).partition(" ")[0]
    return f"{model}-{seeded(work)}"
