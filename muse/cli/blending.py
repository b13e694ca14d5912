"""Verbs of the latent space: blend, steer, sample-latent."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from muse.cli.delivery import check_outputs, deliver, seeded
from muse.cli.loading import one_thread
from muse.makers.wishes import Drawing
from muse.works.base import WishError, Work, write_atomically
from muse.works.score import Score

USUAL_BUNDLE = "blend"

STEERED = {
    "density": "notes in a beat", "leaps": "size of the intervals",
    "height": "pitch over the tonic", "syncopation": "notes that begin off the beat and hold over it",
    "variety": "different lengths of notes",
}  # fmt: skip
"""Attributes that `muse steer` knows, as its options say them."""


def blend(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse blend`: tunes from one to another, and a picture of the way."""
    check_outputs(options.out, "Score")
    pictures = _pictures(options)
    a, b = _theme(options.a), _theme(options.b)
    blender = _blender(options)
    tunes = blender.blend(a, b, options.steps, **_drawing(options))
    if pictures:
        _paint(blender, tunes, pictures)
    deliver(tunes, options, lambda tune: "blend")
    if not options.json:
        for path in pictures:
            print(path)


def steer(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse steer`: more or less of some attributes."""
    check_outputs(options.out, "Score")
    amounts = {n: getattr(options, n) for n in STEERED if getattr(options, n) is not None}
    theme = _theme(options.theme)
    deliver(_blender(options).steer(theme, amounts, **_drawing(options)), options, seeded)


def sample_latent(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse sample-latent`: new tunes from the prior."""
    check_outputs(options.out, "Score")
    wishes = {n: getattr(options, n) for n in ("key", "meter", "style", "tempo")}
    said = {n: value for n, value in wishes.items() if value is not None}
    made = _blender(options).sample(options.bars, **said, **_drawing(options))
    deliver(made, options, _in_key)


def vary_by_latents(options: argparse.Namespace) -> bool:
    """Whether `muse vary` goes through the latent space: by its bundle, or if the usual one is here."""
    from muse.hub import bundle_folders, find_bundle
    from muse.makers import NETWORK_MAKERS, bundle_kind

    if options.model is None:
        return USUAL_BUNDLE in bundle_folders()
    return bundle_kind(find_bundle(options.model)) in NETWORK_MAKERS


def vary(options: argparse.Namespace, wishes: dict[str, Any], theme: Score) -> None:
    """`muse vary` through the latent space. Raises WishError for wishes that it cannot keep."""
    other = [name for name in wishes if name not in Drawing.__dataclass_fields__]
    if other:
        flag = "--" + other[0].replace("_", "-")
        raise WishError(f"{flag}: variations by latents take no such wish; --model melody does")
    said = {} if options.amount is None else {"amount": options.amount}
    deliver(_blender(options).vary(theme, **said, **wishes), options, _in_key)


def _blender(options: argparse.Namespace) -> Any:
    from muse.makers import load_maker
    from muse.makers.blender import Blender

    name = options.model or USUAL_BUNDLE
    found = load_maker(name)
    one_thread()
    if not isinstance(found, Blender):
        raise WishError(f"{name} is a bundle of kind {found.bundle.kind}, not a latent space")
    return found


def _drawing(options: argparse.Namespace) -> dict[str, Any]:
    """The options of a drawing that were said."""
    found = {field.name: getattr(options, field.name, None) for field in fields(Drawing)}
    return {name: value for name, value in found.items() if value is not None}


def _theme(path: str) -> Score:
    from muse.works.formats import open_score

    return open_score(path)


def _pictures(options: argparse.Namespace) -> list[Path]:
    """Where the picture of the way goes. Raises WishError for a format that it has not."""
    found = [Path(name) for name in options.picture]
    for path in found:
        if path.suffix not in (".svg", ".png"):
            raise WishError(f"--picture {path}: the suffix must be .svg or .png")
    return found + [Path(out) / "path.svg" for out in options.out if out.endswith("/")]


def _paint(blender: Any, tunes: list[Score], pictures: list[Path]) -> None:
    from muse.works.path_picture import path_png, path_svg

    space, way, others = blender.space, [], ()
    if space is not None:
        way = [space.map.place(blender.encode(tune)) for tune in tunes]
        others = space.map.points
    for path in pictures:
        svg = path.suffix == ".svg"
        data = path_svg(tunes, way, others).encode() if svg else path_png(tunes, way, others)
        write_atomically(path, data)


def _in_key(work: Work) -> str:
    """What a tune is called in a folder."""
    assert isinstance(work, Score)
    return f"{seeded(work)}-{work.key.tonic_name}-{work.key.mode}"
