"""Measures of melodies: likelihood beside baselines, statistics, originality, kept promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from muse.bundle import Bundle
from muse.cli.measures.bench import Bench
from muse.cli.measures.tunes import broken_promises, short_themes, untrained_bundle
from muse.data.shards import Shard
from muse.evaluate.likelihood import Likelihood, likelihood, network_nats
from muse.evaluate.lstm import load_lstm
from muse.evaluate.music import statistics
from muse.evaluate.ngram import ORDERS, chosen_order, scored, tune_ngram, without_countdown
from muse.evaluate.originality import SharedRun
from muse.evaluate.overlap import columns, compared
from muse.makers.composer import Composer
from muse.makers.wishes import Drawing
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import WishError
from muse.works.score import Score

SPLITS = ("valid", "test")
LSTM_WEIGHTS = Path("runs/lstm/best.safetensors")
DRAWS = 10_000
TRAINING_TUNES = 2000
"""Training tunes whose statistics make the noise floor."""


# Likelihood ------------------------------------------------------------------------------------


def held_out_likelihood(bench: Bench) -> dict[str, Any]:
    """Bits per note of the bundle."""
    model = network_nats(bench.bundle.network())
    return {
        split: _told(bench, "model", split, likelihood(model, bench.shard(split)))
        for split in SPLITS
    }


def lstm(bench: Bench) -> dict[str, Any]:
    """Bits per note of the LSTM baseline, if it was trained."""
    model, state = load_lstm(LSTM_WEIGHTS)
    found: dict[str, Any] = {"weights": str(LSTM_WEIGHTS), "trained": state}
    for split in SPLITS:
        result = likelihood(network_nats(model), bench.shard(split))
        found[split] = _told(bench, "lstm", split, result)
    return found


def ngram(bench: Bench) -> dict[str, Any]:
    """Bits per note of the n-gram baselines, their orders chosen on the validation split."""
    found: dict[str, Any] = {}
    readings: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "ngram": lambda ids: ids,
        "ngram, bar numbers given": without_countdown,
    }
    for label, reading in readings.items():
        model = tune_ngram(map(reading, bench.shard("train")), max(ORDERS))
        order, bits = chosen_order(model, map(reading, bench.shard("valid")))
        found[label] = {"order": order, "valid_bits_per_note_by_order": bits}
        for split in SPLITS:
            result = scored(model, map(reading, bench.shard(split)), order)
            found[label][split] = _told(bench, label, split, result, f", order {order}")
    return found


def _told(bench: Bench, model: str, split: str, result: Likelihood, more: str = "") -> dict:
    bench.scores[model, split] = result
    figures = result.figures()
    low, high = result.interval()
    bench.say(
        f"{split}, {model}{more}",
        f"{result.bits_per_note:.3f} bits/note ({low:.3f} to {high:.3f}; "
        f"new bars {figures['bits_per_note_of_new_bars']:.3f}, "
        f"repeated {figures['bits_per_note_of_repeated_bars']:.3f}), "
        f"{result.nats_per_token:.4f} nats/token",
        f"{len(result.nats)} pieces, {figures['notes']} notes",
    )
    return figures


# Tunes -----------------------------------------------------------------------------------------


def human(bench: Bench) -> dict[str, Any]:
    """The controls, without any network: held-out tunes against training tunes."""
    tokenizer = MelodyTokenizer()
    held_out = [tokenizer.decode(piece) for piece in bench.shard("test")][: bench.count]
    train = _sample(bench.shard("train"), TRAINING_TUNES)
    sets = [columns([statistics(score) for score in some]) for some in (train, held_out)]
    found: dict[str, Any] = {"held_out": len(held_out), "train": len(train), "statistics": {}}
    for name, values in sets[0].items():
        result = compared(values[: len(held_out)], sets[1][name], values)
        found["statistics"][name] = result.figures()
        bench.say(
            name,
            f"train {result.mean:.3f} ± {result.spread:.3f}, held out {result.human_mean:.3f} ± "
            f"{result.human_spread:.3f}, overlap of samples {result.expected:.3f}, "
            f"5 % point {result.floor:.3f}",
            f"{len(train)} train, {result.human_count} held out",
        )
    found["runs"] = _copied(bench, "held out", held_out)
    return found


def music(bench: Bench) -> dict[str, Any]:
    """Statistics of drawn tunes against held-out tunes, with the noise floor of training tunes."""
    drawn, human, cut = bench.tunes
    train = _sample(bench.shard("train"), TRAINING_TUNES)
    sets = [columns([statistics(score) for score in some]) for some in (drawn, human, train)]
    found: dict[str, Any] = {
        "drawn": len(drawn), "held_out": len(human), "train": len(train), "cut_off": cut,
        "drawing": _settings(), "statistics": {},
    }  # fmt: skip
    for name in sets[0]:
        result = compared(sets[0][name], sets[1][name], sets[2][name])
        found["statistics"][name] = result.figures()
        bench.say(
            name,
            f"{result.mean:.3f} (human {result.human_mean:.3f}, {result.shift:+.2f} of its spread), "
            f"overlap {result.overlap:.3f}, floor {result.floor:.3f}: {'as human' if result.within_noise else 'OFF'}",
            f"{result.count} drawn, {result.human_count} held out",
        )
    outside = [k for k, v in found["statistics"].items() if not v["within_noise"]]
    found["outside_noise"] = outside
    bench.say("cut off at the context's end", f"{cut}", f"{len(drawn)} drawn")
    return found


def originality(bench: Bench) -> dict[str, Any]:
    """The longest run shared with the training set: drawn tunes, and held-out tunes as control."""
    drawn, held_out, _ = bench.tunes
    found = {"drawn": _copied(bench, "drawn", drawn)}
    return found | {"held out": _copied(bench, "held out", held_out), "drawing": _settings()}


def _copied(bench: Bench, label: str, tunes: Sequence[Score]) -> dict[str, Any]:
    """Figures of the longest runs that tunes share with the training set."""
    infos = bench.shard("train").index.pieces
    runs = [bench.training_melodies.longest_run(score.melody.notes) for score in tunes]
    figures = run_figures(runs, tunes)
    work = max(runs, key=lambda run: run.notes).work
    figures["nearest_work"] = "" if work is None else f"{infos[work].source}: {infos[work].title}"
    bench.say(
        f"longest copied run, {label}",
        f"median {figures['median']:.0f}, 95 % {figures['percentile_95']:.0f}, "
        f"most {figures['most']} notes ({figures['nearest_work']}); "
        f"median share of the tune {figures['median_share']:.3f}",
        f"{len(runs)} tunes, {len(infos)} training works",
    )
    return figures


def run_figures(runs: Sequence[SharedRun], tunes: Sequence[Score]) -> dict[str, Any]:
    """Figures of the longest shared runs of some tunes."""
    notes = np.array([run.notes for run in runs])
    shares = notes / np.maximum([len(score.melody.notes) for score in tunes], 1)
    return {
        "tunes": len(runs), "median": float(np.median(notes)), "mean": round(float(notes.mean()), 2),
        "percentile_95": float(np.percentile(notes, 95)), "most": int(notes.max()),
        "median_share": round(float(np.median(shares)), 4),
        "histogram": {str(k): v for k, v in sorted(Counter(notes.tolist()).items())},
    }  # fmt: skip


def _sample(shard: Shard, count: int) -> list[Score]:
    places = np.random.default_rng(0).permutation(len(shard))[:count]
    return [MelodyTokenizer().decode(shard[int(place)]) for place in places]


def _settings() -> dict[str, float]:
    drawing = Drawing()
    return {"temperature": drawing.temperature, "top_p": drawing.top_p}


# Promises --------------------------------------------------------------------------------------


def legality(bench: Bench) -> dict[str, Any]:
    """Random wishes through the real composer, with an untrained and with the trained network."""
    count = bench.count or DRAWS
    themes = short_themes(bench.shard("valid"))
    found: dict[str, Any] = {}
    bundles: dict[str, Callable[[], Bundle]] = {
        "untrained": untrained_bundle,
        "trained": lambda: bench.bundle,
    }
    for label, bundle in bundles.items():
        try:
            composer = Composer(bundle())
            if composer.bundle.kind != "melody":
                raise WishError(f"promises are checked of melodies, not of {bench.bundle.kind}s")
        except WishError as error:
            found[label] = {"not measured": str(error)}
            bench.say(f"legality, {label} network", "not measured", str(error))
            continue
        figures = broken_promises(composer, themes, count)
        found[label] = figures
        bench.say(
            f"legality, {label} network",
            f"{figures['scores_with_violations']} scores break a promise {figures['broken'] or ''}",
            f"{figures['draws']} draws of {figures['wishes']} wishes {figures['verbs']}, "
            f"{figures['refused']} impossible wishes refused",
        )
    return found


MEASURES: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "likelihood": held_out_likelihood,
    "ngram": ngram,
    "lstm": lstm,
    "human": human,
    "music": music,
    "originality": originality,
    "legality": legality,
}
