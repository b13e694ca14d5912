"""The words of the verbs that make pictures."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import fields
from typing import Any

PICTURE_SUFFIXES = ".png .svg"


def picture_verbs(
    verb: Callable[..., Any], option: Callable[..., None], texts: Callable[[type], dict[str, str]],
    outputs: Callable[..., None],
) -> None:  # fmt: skip
    """Add `muse paint` and `muse cover`.

    Args:
        verb: adds a verb by its name, module and help.
        option: adds the option of a wish's field.
        texts: what a wish's docstring says of its fields.
        outputs: adds the options of what is written.
    """
    paint = verb("paint", "muse.cli.pictures", "Paint an icon from words, or a digit.")
    paint.add_argument("words", nargs="?", default="", help="what it shows, in words")
    paint.add_argument(
        "--method", choices=("flow", "gan", "vae", "tokens"), help="how a digit is drawn (flow)"
    )
    _wishes(paint, option, texts, outputs, without=("words",))
    paint.add_argument("--like", metavar="FILE", help="a PNG to begin from")
    paint.add_argument(
        "--mask", metavar="FILE", help="a PNG of the same size: what is white is drawn anew"
    )
    paint.add_argument(
        "--walk", metavar="DIGITS",
        help="the way from digit to digit, such as 3,8: --variations pictures (9)",
    )  # fmt: skip
    paint.add_argument(
        "--grid", action=argparse.BooleanOptionalAction, default=False,
        help="all variations in one picture",
    )  # fmt: skip
    paint.add_argument("--stream", action="store_true", help="show the picture as it becomes clear")
    cover = verb("cover", "muse.cli.pictures", "Paint a cover for a poem, a story or a tune.")
    cover.add_argument("file", help="a poem, script, story or score")
    cover.add_argument("--words", help="what it shows (found in the work)")
    _wishes(cover, option, texts, outputs, without=("words", "digit", "strength", "temperature"))


def _wishes(
    parser: Any, option: Callable[..., None], texts: Callable[[type], dict[str, str]],
    outputs: Callable[..., None], without: tuple[str, ...],
) -> None:  # fmt: skip
    from muse.makers.picture_wishes import PictureWish

    outputs(parser, PICTURE_SUFFIXES)
    parser.add_argument("--model", help="bundle: a name or a folder's path (by the wish)")
    found = texts(PictureWish)
    for field in fields(PictureWish):
        if field.name not in without:
            option(parser, field.name, str(field.type), found[field.name])
