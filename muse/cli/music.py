"""Verbs that make or show scores."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from muse.makers.wishes import Drawing, MelodyWish
from muse.works.base import WishError
from muse.works.score import Score

FOLDER_SUFFIXES = (".mid", ".musicxml", ".svg")
"""What a folder gets of each piece."""


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
    _check_outputs(options.out)
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
    """`muse continue`."""
    wishes, theme = _wishes(options), _theme(options)
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


def show(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse show`: the piece in the terminal, and where it came from."""
    from muse.works.formats import open_score

    work = open_score(options.file)
    if options.json:
        print(json.dumps(_summary(work, []), ensure_ascii=False, indent=1))
        return
    print(_as_text(work))
    if not work.provenance:
        print("\nThis file does not say that a program made it.")
        return
    print("\nWhere it came from:")
    for name, value in work.provenance.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        print(f"  {name:13} {text}")


def regrow(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse regrow`: the same piece from the model, the seed and the settings in its file."""
    from muse.makers.regrow import regrown
    from muse.works.formats import open_score

    _check_outputs(options.out)
    work = open_score(options.file)
    again = regrown(work)
    same = again.melody.notes == work.melody.notes and again.chords == work.chords
    _deliver(again, options)
    print("the same, note for note" if same else "NOT the same", file=sys.stderr)
    if not same:
        raise WishError(f"{options.file} was changed since it was made, or by another version")


def _check_outputs(outputs: Sequence[str]) -> None:
    from muse.works.formats import WRITERS, suffix_of

    for out in outputs:
        suffix = suffix_of(Path(out))
        if not out.endswith("/") and suffix not in WRITERS["Score"]:
            known = " ".join(WRITERS["Score"])
            raise WishError(f"-o {out}: the suffix must be one of {known}, or end in / (a folder)")


def _deliver(made: Score | list[Score], options: argparse.Namespace) -> None:
    """Write, or show, what was made."""
    scores = made if isinstance(made, list) else [made]
    written: list[list[Path]] = [[] for _ in scores]
    for out in options.out:
        for number, score in enumerate(scores, 1):
            written[number - 1] += _written(score, out, number if len(scores) > 1 else None)
    if options.json:
        found = [_summary(score, paths) for score, paths in zip(scores, written)]
        print(json.dumps(found if isinstance(made, list) else found[0], ensure_ascii=False))
    elif options.out:
        for path in [path for paths in written for path in paths]:
            print(path)
    else:
        print("\n\n".join(_as_text(score) for score in scores))


def _written(score: Score, out: str, number: int | None) -> list[Path]:
    """Write one score as `out` says; `number` is told in the name where there are several."""
    from muse.works.formats import suffix_of

    path = Path(out)
    if out.endswith("/"):
        about = score.provenance
        key = f"{score.key.tonic_name}-{score.key.mode}"
        name = f"{about['verb']}-seed{about['seed']}-{key}" + (f"-{number}" if number else "")
        return [score.save(path / f"{name}{suffix}") for suffix in FOLDER_SUFFIXES]
    if number is not None:
        suffix = path.name[len(path.name) - len(suffix_of(path)) :]
        path = path.with_name(f"{path.name.removesuffix(suffix)}-{number}{suffix}")
    return [score.save(path)]


def _as_text(score: Score) -> str:
    from muse.works.show import score_text

    return score_text(score)


def _summary(score: Score, written: Sequence[Path]) -> dict[str, Any]:
    return {
        "title": score.title, "bars": score.bars, "meter": str(score.meter),
        "key": str(score.key), "tempo": score.tempo, "notes": len(score.melody.notes),
        "files": [str(path) for path in written], "provenance": dict(score.provenance),
    }  # fmt: skip
