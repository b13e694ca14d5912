"""Verbs that make scores."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any

from muse.cli.delivery import check_outputs, deliver, seeded
from muse.makers.wishes import Drawing, MelodyWish
from muse.works.base import WishError, Work
from muse.works.score import Score


def _composer(name: str) -> Any:
    import torch

    from muse.makers import load_maker

    # Networks this small are slower on several threads than on one.
    torch.set_num_threads(1)
    return load_maker(name)


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
    _deliver(_composer(options.model or "melody").compose(**wishes), options)


def continue_(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse continue`: a theme, or with `muse.cli.stage` a script or a story."""
    from muse.works.formats import open_work

    theme = open_work(options.theme)
    if not isinstance(theme, Score):
        from muse.cli.stage import continue_writing

        continue_writing(theme, options)
        return
    wishes = _wishes(options)
    _deliver(_composer(options.model or "melody").continue_(theme, **wishes), options)


def fill(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse fill`."""
    wishes, theme = _wishes(options), _theme(options)
    composer = _composer(options.model or "melody")
    _deliver(composer.fill(theme, options.from_bar, options.to_bar, **wishes), options)


def vary(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse vary`."""
    wishes, theme = _wishes(options), _theme(options)
    _deliver(_composer(options.model or "melody").vary(theme, options.amount, **wishes), options)


def harmonize(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse harmonize`: chord symbols, or with `--voices 4` four parts."""
    if options.voices not in (None, 4):
        raise WishError(f"--voices can be 4, not {options.voices}; leave it out for chord symbols")
    wishes, theme = _wishes(options), _theme(options)
    name = options.model or ("chorale" if options.voices else "melody")
    _deliver(_composer(name).harmonize(theme, **wishes), options)


def _deliver(made: Score | list[Score], options: argparse.Namespace) -> None:
    deliver(made, options, _name)


def _name(score: Work) -> str:
    """What a score is called in a folder."""
    assert isinstance(score, Score)
    return f"{seeded(score)}-{score.key.tonic_name}-{score.key.mode}"
