"""`muse evaluate voice-gan`, `voice-flow` or `acoustic`: distances, notes, speed and faults."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch

from muse.bundle_network import NetworkBundle, build_network, load_network, network_config
from muse.cli.runs import BEST, recipe_of_weights
from muse.data.renders import Renders
from muse.evaluate.audio import cents_off, distances, faults, onset_f1, seconds_taken, transcribed
from muse.hub import bundle_folders, find_bundle
from muse.makers.performer import BLOCK, FIRST_BLOCK, Performer, performer_of
from muse.makers.voices import GriffinLimVoice
from muse.nn.mel import log_mel
from muse.nn.stft import stft
from muse.theory.instruments import INSTRUMENTS
from muse.train.checkpoint import load_checkpoint
from muse.works.base import WishError, write_atomically
from muse.works.score import Note, Part, Score
from muse.works.sounding import harmonic_source

KINDS = ("acoustic", "voice-gan", "voice-flow")

MONOPHONIC = ("violin", "cello", "flute", "clarinet", "trumpet")
"""Whose pitch is measured in cents."""

Figures = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """What is measured, and on which renders."""

    performer: Performer
    shards: Path
    count: int | None

    def renders(self, split: str) -> Renders:
        """The renders of a split. Raises WishError."""
        return Renders(self.shards / f"{split}.pcm")

    def pieces(self, renders: Renders) -> list[int]:
        """Which of its pieces are measured."""
        return list(range(len(renders)))[: self.count]


def plays(name: str) -> bool:
    """Whether a name is of a bundle or a run of a voice."""
    try:
        return _kind(name) in KINDS
    except WishError:
        return False


def evaluate_voice(options: argparse.Namespace) -> None:
    """Print the measures of a voice; with -o also write them as JSON. Raises WishError."""
    names = list(MEASURES) if options.of == "all" else options.of.split(",")
    for name in names:
        if name not in MEASURES:
            raise WishError(f"no measure {name!r}; there are: {' '.join(MEASURES)} all")
    bundle = voice_bundle(options.name)
    acoustic = _acoustic(options.name, bundle)
    shards = Path(options.shards or "shards/voice")
    bench = Bench(performer_of(bundle, acoustic), shards, options.count)
    found: Figures = {}
    for name in names:
        command = f"muse evaluate {options.name} --of {name} --shards {shards}"
        command += f" --count {options.count}" if options.count else ""
        try:
            figures = MEASURES[name](bench)
        except WishError as error:
            if len(names) == 1:
                raise
            figures = {"not measured": str(error)}
        found[name] = {"command": command} | figures
        print(name, json.dumps(figures, indent=1, default=float), flush=True)
    if options.out:
        text = json.dumps(found, indent=1, ensure_ascii=False, default=float)
        write_atomically(Path(options.out), text.encode() + b"\n")
        print(options.out)


@torch.inference_mode()
def copies(bench: Bench) -> Figures:
    """Sound of true mels against the sound itself: with the source, from the mel alone, Griffin-Lim."""
    voice, mel = bench.performer.voice, bench.performer.voice.mel
    found: Figures = {}
    for split in ("test", "unseen"):
        try:
            renders = bench.renders(split)
        except WishError as error:
            found[split] = {"not measured": str(error)}
            continue
        by: dict[str, dict[str, list[dict[str, float]]]] = defaultdict(lambda: defaultdict(list))
        for number in bench.pieces(renders):
            piece = renders.index.pieces[number]
            frames = piece.samples // mel.hop
            sound = renders.sound(number, 0, frames * mel.hop)
            logs = log_mel(torch.from_numpy(sound)[None], mel)[0]
            wave = harmonic_source(renders.notes(number), mel.rate, 0, len(sound))
            source = stft(torch.from_numpy(wave)[None], mel.window, mel.hop)[0]
            made = {
                "griffinlim": GriffinLimVoice(mel).sound(logs, source, 0),
                voice.name: voice.sound(logs, source, 0),
                f"{voice.name}, mel alone": voice.sound(logs, torch.zeros_like(source), 0),
                "bare source": torch.from_numpy(_as_loud(wave, sound)),
            }
            for who, each in made.items():
                away = distances(each.numpy(), sound, mel)
                by[who][INSTRUMENTS[piece.instrument].name].append(away)
        found[split] = {who: _means(rows) for who, rows in by.items()}
    return found


def notes(bench: Bench) -> Figures:
    """Notes played whole against the render: mel distances, onsets an independent ear hears, cents."""
    renders, made_by = bench.renders("test"), bench.performer
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    for number in bench.pieces(renders):
        piece, played = renders.index.pieces[number], renders.notes(number)
        name, mel = INSTRUMENTS[piece.instrument].name, made_by.voice.mel
        made = made_by.stems(_score(played, INSTRUMENTS[piece.instrument].program))[0].samples[0]
        sound = renders.sound(number, 0, piece.samples)
        count = min(len(made), len(sound)) // mel.hop * mel.hop
        made, sound = made[:count], sound[:count]
        row = distances(made, sound, mel)
        wanted = [(float(start), int(pitch)) for start, _, pitch, _ in played]
        slow = 0.15 if name in ("strings", "voices") else 0.05
        heard = [
            onset_f1(transcribed(0.7 * x / np.abs(x).max()), wanted, slow) for x in (made, sound)
        ]
        row |= {"onset F1": heard[0], "onset F1 of the render": heard[1]}
        if name in MONOPHONIC:
            row |= cents_off(made, sound, mel.rate)
        rows[name].append(row)
    means = _means(rows)
    for row in means.values():
        row["onset F1 ratio"] = row["onset F1"] / max(row["onset F1 of the render"], 1e-9)
    return means


@torch.inference_mode()
def speed(bench: Bench) -> Figures:
    """Seconds of sound a second of time: the voice alone, and score to sound; the first block."""
    voice, mel = bench.performer.voice, bench.performer.voice.mel
    found: Figures = {"threads": torch.get_num_threads()}
    for length in (10, 60):
        frames = round(length * mel.frame_rate)
        logs = torch.full((frames, mel.bands), -4.0)
        source = torch.zeros(frames, mel.bins, dtype=torch.complex64)
        for who in (voice, GriffinLimVoice(mel)):
            taken = seconds_taken(partial(who.sound, logs, source, 0))
            found[f"{who.name}, {length} s, times real time"] = length / taken
        score = _steady(length)
        taken = seconds_taken(partial(bench.performer.stems, score))
        found[f"score to sound, {length} s, times real time"] = length / taken
    first = seconds_taken(lambda: next(bench.performer.stream(_steady(10))))
    return found | {"first block, milliseconds": 1000 * first}


def faulty(bench: Bench) -> Figures:
    """Clipping, DC and clicks at the borders of blocks of a render."""
    made_by = bench.performer
    dry = np.concatenate([*made_by.stream(_steady(20))], axis=1)[0]
    hop = made_by.voice.mel.hop
    borders = range(FIRST_BLOCK * hop, len(dry), BLOCK * hop)
    whole = made_by.render(_steady(20))
    return faults(dry, borders) | {"clipped": faults(whole.samples[0])["clipped"]}


MEASURES: dict[str, Callable[[Bench], Figures]] = {
    "copies": copies, "notes": notes, "speed": speed, "faults": faulty,
}  # fmt: skip


def voice_bundle(name: str) -> NetworkBundle:
    """A bundle by its name, or what a run has learned so far: `runs/NAME`. Raises WishError."""
    path = Path(name) / BEST
    if not path.is_file():
        return load_network(find_bundle(name), name)
    recipe = recipe_of_weights(path)
    weights, state = load_checkpoint(path)
    config = network_config(recipe.kind, recipe.model)
    model = build_network(recipe.kind, config)
    try:
        model.load_state_dict(shipped_weights(recipe.kind, weights))
    except RuntimeError as error:
        raise WishError(f"{path} does not fit the recipe {recipe.name}") from error
    about = {"figures": {key: value for key, value in state.items() if key != "step"}}
    version = f"at step {state['step']}"
    model = model.eval().requires_grad_(False)
    return NetworkBundle(recipe.name, path.parent, recipe.kind, version, config, model, about)


def shipped_weights(kind: str, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What of a run's weights is published: of adversaries the vocoder alone."""
    if kind != "voice-gan":
        return weights
    before = "vocoder."
    return {n.removeprefix(before): t for n, t in weights.items() if n.startswith(before)}


def _kind(name: str) -> str:
    if (Path(name) / BEST).is_file():
        return recipe_of_weights(Path(name) / BEST).kind
    about = json.loads((find_bundle(name) / "config.json").read_text(encoding="utf-8"))
    return str(about.get("muse", {}).get("kind", "")) if isinstance(about, dict) else ""


def _acoustic(name: str, bundle: NetworkBundle) -> NetworkBundle | None:
    """The acoustic model that stands beside a run, or the bundle; None if there is none yet."""
    if bundle.kind == "acoustic":
        return bundle
    beside = Path(name).parent / "acoustic"
    if (Path(name) / BEST).is_file() and (beside / BEST).is_file():
        return voice_bundle(str(beside))
    return (
        load_network(find_bundle("acoustic"), "acoustic")
        if "acoustic" in bundle_folders()
        else None
    )


def _as_loud(made: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return made * np.float32(np.sqrt(np.mean(wanted**2) / max(float(np.mean(made**2)), 1e-12)))


def _means(rows: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Means of each instrument, and of all pieces."""
    rows = dict(rows) | {"all": [row for found in rows.values() for row in found]}
    return {
        name: {key: fmean(row[key] for row in found if key in row)
               for key in dict.fromkeys(key for row in found for key in row)}
        for name, found in rows.items()
    }  # fmt: skip


def _score(played: np.ndarray, program: int) -> Score:
    """Sounding notes as a score whose tick is 1 / 1200 s."""
    ticks = 1200
    line = tuple(
        Note(round(start * ticks), max(1, round((end - start) * ticks)), int(pitch), int(loud))
        for start, end, pitch, loud in played
    )
    last = max(note.end for note in line)
    return Score((Part(line, "", program),), last // 96 + 1, tempos=((0, ticks / 24 * 60.0),))


def _steady(seconds: int) -> Score:
    """Four notes a second in two lines, a tune's usual density."""
    line = tuple(Note(12 * i, 12, 60 + i * 7 % 17) for i in range(4 * (seconds - 2)))
    return Score((Part(line, "", 73),), seconds, tempos=((0, 120.0),))
