"""Make a piece again from the account of how it was made."""

from __future__ import annotations

from typing import Any

from muse.works.base import WishError
from muse.works.score import Score


def regrown(made: Score) -> Score:
    """The same piece, from the model, seed and settings that its provenance names.

    What was given (the theme, the locked bars) is read from the piece itself.

    Raises:
        WishError: if the piece does not say how it was made, or says nonsense.
    """
    from muse.makers import load_maker

    about = dict(made.provenance)
    settings = about.get("settings")
    if not isinstance(settings, dict) or "verb" not in about or "model" not in about:
        raise WishError("this file does not say how it was made, so it cannot be made again")
    composer = load_maker(str(about["model"]).rpartition(" ")[0])
    if f"{composer.bundle.name} {composer.bundle.version}" != about["model"]:
        raise WishError(
            f"it was made by {about['model']}, here is {composer.bundle.name} "
            f"{composer.bundle.version}"
        )
    options: dict[str, Any] = {k: v for k, v in settings.items() if k not in _GIVEN}
    verb = about["verb"]
    try:
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
        return pieces[int(about.get("rank", 0))] if isinstance(pieces, list) else pieces
    except WishError:
        raise
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise WishError(f"the file's account of how it was made is damaged: {error}") from error


_GIVEN = ("from_bar", "to_bar", "amount")
