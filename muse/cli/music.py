"""Verbs that make scores."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any

from muse.cli.delivery import check_outputs, deliver, seeded
from muse.cli.loading import loaded
from muse.makers.wishes import Drawing, MelodyWish
from muse.works.base import WishError, Work
from muse.works.score import Score


def _composer(name: str, options: argparse.Namespace) -> Any:
    from muse.makers import load_maker

    maker = loaded(load_maker, name, options)
    if not hasattr(maker, "compose"):
        raise WishError(
            f"--model {name}: a bundle of kind {maker.bundle.kind}, which writes no tunes"
        )
    return maker


def _wishes(options: argparse.Namespace) -> dict[str, Any]:
    """The options of a wish and of a drawing that were said."""
    names = [field.name for kind in (MelodyWish, Drawing) for field in fields(kind)]
    found = {name: getattr(options, name, None) for name in names}
    said = {name: value for name, value in found.items() if value is not None}
    check_outputs(options.out, "Score")
    # Wrong wishes are told before a model is loaded.
    from muse.makers.wishes import asked

    asked(said)
    return said


def _theme(options: argparse.Namespace) -> Score:
    from muse.works.formats import open_score

    return open_score(options.theme)


def melody(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse melody`."""
    wishes = _wishes(options)
    _deliver(_composer(options.model or "melody", options).compose(**wishes), options)


def continue_(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse continue`: a theme, or with `muse.cli.stage` a script or a story."""
    from muse.works.formats import open_work

    theme = open_work(options.theme)
    if not isinstance(theme, Score):
        from muse.cli.stage import continue_writing

        continue_writing(theme, options)
        return
    wishes = _wishes(options)
    _deliver(_composer(options.model or "melody", options).continue_(theme, **wishes), options)


def fill(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse fill`."""
    wishes, theme = _wishes(options), _theme(options)
    composer = _composer(options.model or "melody", options)
    _deliver(composer.fill(theme, options.from_bar, options.to_bar, **wishes), options)


def vary(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse vary`: by latents if a latent space is asked for or at hand, else by bars written anew."""
    from muse.cli import blending

    wishes, theme = _wishes(options), _theme(options)
    if blending.vary_by_latents(options):
        blending.vary(options, wishes, theme)
        return
    composer = _composer(options.model or "melody", options)
    amount = 0.5 if options.amount is None else options.amount
    _deliver(composer.vary(theme, amount, **wishes), options)


def harmonize(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse harmonize`: chord symbols, or with `--voices 4` four parts."""
    if options.voices not in (None, 4):
        raise WishError(f"--voices can be 4, not {options.voices}; leave it out for chord symbols")
    wishes, theme = _wishes(options), _theme(options)
    name = options.model or ("chorale" if options.voices else "melody")
    _deliver(_composer(name, options).harmonize(theme, **wishes), options)


def _deliver(made: Score | list[Score], options: argparse.Namespace) -> None:
    deliver(made, options, _name)


def _name(score: Work) -> str:
    """What a score is called in a folder."""
    assert isinstance(score, Score)
    return f"{seeded(score)}-{score.key.tonic_name}-{score.key.mode}"
