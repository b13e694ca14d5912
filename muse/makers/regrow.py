"""Make a piece again from the account of how it was made."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from muse.works.base import WishError, Work
from muse.works.picture import Picture
from muse.works.poem import Poem
from muse.works.score import Score
from muse.works.script import Script
from muse.works.story import Story

EARLIEST = (0, 2)
"""The first version of Muse that drew as this one does; those before it had other random numbers."""


def regrown(made: Work, load: Callable[[str, str | None], Any] | None = None) -> Work:
    """The same work, from the model, seed and settings that its provenance names.

    What was given (the theme, the locked bars) is read from the piece itself.

    Args:
        made: the work.
        load: gives the maker of a bundle's name, with weights of a precision (None: the usual).

    Raises:
        WishError: if the piece does not say how it was made, or says nonsense.
    """
    from muse.makers import load_maker
    from muse.makers.writing_regrow import scripts_again, stories_again

    about = dict(made.provenance)
    settings = about.get("settings")
    if not isinstance(settings, dict) or "verb" not in about or "model" not in about:
        raise WishError("this file does not say how it was made, so it cannot be made again")
    if (version := _version(about)) < EARLIEST:
        raise WishError(
            f"it was made by Muse {'.'.join(map(str, version))}, which drew other random numbers: "
            "only that version makes it again"
        )
    name, precision = str(about["model"]).rpartition(" ")[0], about.get("precision")
    if precision is not None and not isinstance(precision, str):
        raise WishError("the file's account of how it was made is damaged: see precision")
    maker = load(name, precision) if load else load_maker(name, precision=precision)
    if f"{maker.bundle.name} {maker.bundle.version}" != about["model"]:
        raise WishError(
            f"it was made by {about['model']}, here is {maker.bundle.name} {maker.bundle.version}"
        )
    try:
        if isinstance(made, Script | Story):
            again: Any = scripts_again if isinstance(made, Script) else stories_again
            pieces = again(maker.bundle, made, about["verb"], settings)
        else:
            again = _poems if isinstance(made, Poem) else _scores
            again = _pictures if isinstance(made, Picture) else again
            pieces = again(maker, made, about["verb"], settings)
        return pieces[int(about.get("rank", 0))] if isinstance(pieces, list) else pieces
    except WishError:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise WishError(f"the file's account of how it was made is damaged: {error}") from error


def _version(about: dict[str, Any]) -> tuple[int, ...]:
    """The version of Muse that made a work, (0, 0) if the work does not say it."""
    found = re.fullmatch(r"Muse (\d{1,4})\.(\d{1,4})\..*", str(about.get("made_with")))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _poems(poet: Any, made: Poem, verb: str, settings: dict[str, Any]) -> Any:
    options = {name: value for name, value in settings.items() if name != "redone"}
    for name in ("ends", "words", "locked"):
        if name in options:
            options[name] = {int(number): text for number, text in options[name].items()}
    if verb == "write":
        return poet.write(**options)
    if verb == "redo":
        options["alternatives"] = options.pop("variations", 1)
        return poet.redo(made, settings["redone"], **options)
    raise WishError(f"unknown verb {verb!r} in the file's account of how it was made")


def _pictures(painter: Any, made: Picture, verb: str, settings: dict[str, Any]) -> Any:
    if "begun_from" in made.provenance:
        raise WishError("it was begun from another picture, which this file does not hold")
    if "grid" in made.provenance:
        raise WishError("it is a grid of several pictures; make them again with muse paint --grid")
    if verb == "walk":
        return painter.walk(**settings)
    if verb != "paint":
        raise WishError(f"unknown verb {verb!r} in the file's account of how it was made")
    pieces = painter.paint(**settings)
    return pieces if isinstance(pieces, list) else [pieces]


def _scores(composer: Any, made: Score, verb: str, settings: dict[str, Any]) -> Any:
    if composer.bundle.kind == "blend":
        if verb == "sample":
            return composer.sample(**settings)
        raise WishError(
            "it was made from tunes that it does not hold: make it again from them, with its seed"
        )
    options: dict[str, Any] = {k: v for k, v in settings.items() if k not in _GIVEN}
    if verb == "compose":
        pieces = composer.compose(**options)
    elif verb == "continue":
        theme = made.bar_slice(1, made.bars - int(settings["bars"]))
        pieces = composer.continue_(theme, **options)
    elif verb == "fill":
        pieces = composer.fill(made, settings["from_bar"], settings["to_bar"], **options)
    elif verb == "vary":
        pieces = composer.vary(made, settings["amount"], **options)
    elif verb == "harmonize":
        pieces = composer.harmonize(made, **options)
    else:
        raise WishError(f"unknown verb {verb!r} in the file's account of how it was made")
    return pieces


_GIVEN = ("from_bar", "to_bar", "amount")
