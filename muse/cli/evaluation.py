"""`muse evaluate`: measure a bundle against baselines, held-out works and its own promises."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from muse.cli.measures import characters, frames, latent, melodies, verse, voices
from muse.cli.measures.bench import Bench, Row
from muse.cli.measures.pictures import evaluate_pictures, paints_digits
from muse.cli.runs import named_weights, usual_shards
from muse.evaluate.likelihood import difference
from muse.works.base import WishError, write_atomically


def evaluate(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse evaluate`: print a table; with -o also write all figures as JSON."""
    if paints_digits(options.name):
        evaluate_pictures(options)
        return
    if voices.plays(options.name):
        voices.evaluate_voice(options)
        return
    model = named_weights(options.name)
    shards = Path(options.shards or usual_shards(model))
    measures = latent.MEASURES if latent.is_latent(model) else measures_of(shards)
    names = list(measures) if options.of == "all" else options.of.split(",")
    for name in names:
        if name not in measures:
            raise WishError(f"no measure {name!r}; there are: {' '.join(measures)} all")
    if options.count is not None and options.count < 1:
        raise WishError(f"--count must be at least 1, not {options.count}")
    bench = Bench(model, shards, options.count)
    found: dict[str, Any] = {}
    for name in names:
        began, first = time.monotonic(), len(bench.rows)
        # Measures that are set against each other are made together.
        of = name if options.of == "all" else options.of
        command = f"muse evaluate {options.name} --of {of} --shards {shards}"
        command += f" --count {options.count}" if options.count else ""
        try:
            figures = measures[name](bench)
        except WishError as error:
            if len(names) == 1:
                raise
            figures = {"not measured": str(error)}
            bench.say(name, "not measured", str(error))
        found[name] = {"command": command, "seconds": round(time.monotonic() - began, 1)} | figures
        _print(bench.rows[first:])
    first = len(bench.rows)
    if compared_models := _differences(bench):
        found["compared"] = compared_models
        _print(bench.rows[first:])
    if options.out:
        text = json.dumps(found, indent=1, ensure_ascii=False, default=float)
        write_atomically(Path(options.out), text.encode() + b"\n")
        print(options.out)


def _differences(bench: Bench) -> dict[str, Any]:
    """The bundle less each baseline, piece by piece."""
    found: dict[str, Any] = {}
    for (model, split), result in bench.scores.items():
        if model == "model" or ("model", split) not in bench.scores:
            continue
        mean, low, high = difference(bench.scores["model", split], result)
        found[f"{split}, model less {model}"] = {
            "bits_per_note": mean, "interval_95": [low, high], "pieces": len(result.nats),
        }  # fmt: skip
        bench.say(
            f"{split}, model less {model}", f"{mean:+.3f} bits/note ({low:+.3f} to {high:+.3f})",
            f"{len(result.nats)} pieces",
        )  # fmt: skip
    return found


def measures_of(shards: Path) -> Mapping[str, Callable[[Bench], dict[str, Any]]]:
    """What can be measured on the shards of a folder: tunes, verse, characters or frames."""
    if verse.learned_verse(shards):
        return verse.MEASURES
    if characters.learned_characters(shards):
        return characters.MEASURES
    return frames.MEASURES if frames.learned_frames(shards) else melodies.MEASURES


def _print(rows: Sequence[Row]) -> None:
    width = max((len(row.what) for row in rows), default=0)
    for row in rows:
        print(f"{row.what:{width}}  {row.value}  [{row.of}]", flush=True)
