"""Stretches of rendered sound with their mels and harmonic sources: what voices learn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from muse.data.renders import Renders
from muse.nn.mel import MelDefinition, log_mel, log_mel_of
from muse.nn.stft import stft
from muse.theory.instruments import INSTRUMENTS
from muse.train.shard import Place
from muse.works.base import WishError
from muse.works.sounding import frame_rolls, harmonic_source

SILENCE = 0.002
"""A stretch whose peak is lower teaches nothing and is drawn again."""


@dataclass(frozen=True)
class Stretches:
    """A batch of sound.

    Attributes:
        step: of the training, or -1.
        whole: the sound of all frames, (B, (F - 1) * hop + window).
        sound: from the middle of the first frame to the middle of the last, (B, (F - 1) * hop).
        logs: log-mel of it, (B, F, bands).
        source: spectra of the harmonic source (B, F, bins); zeros in rows that have none.
        timbre: (B, instruments), which instrument plays.
        rolls: (B, F, rolls), only if they were asked for.
    """

    step: int
    whole: Tensor
    sound: Tensor
    logs: Tensor
    source: Tensor
    timbre: Tensor
    rolls: Tensor | None = None

    def template(self, mel: MelDefinition) -> Tensor:
        """The log-mel of the harmonic source, (B, F, bands)."""
        return log_mel_of(self.source.abs(), mel)


@dataclass(frozen=True)
class Choice:
    """One stretch: the piece, its first frame, how loud, and whether its source is told."""

    piece: int
    frame: int
    gain: float = 1.0
    told: bool = True


@dataclass(frozen=True)
class Drawn:
    """How training stretches are drawn.

    Attributes:
        frames: of each.
        gains: least and most loudness, drawn evenly in its logarithm.
        without_source: how often the source is left out.
        mixed: how often two stretches sound together.
        rolls: whether rolls are wanted.
    """

    frames: int
    gains: tuple[float, float] = (1.0, 1.0)
    without_source: float = 0.0
    mixed: float = 0.0
    rolls: bool = False


def open_renders(path: Path, mel: MelDefinition) -> Renders:
    """The renders of a split. Raises WishError if they are of another rate than the mel."""
    renders = Renders(path)
    if renders.index.rate != mel.rate:
        raise WishError(f"{path} has {renders.index.rate} Hz, the mel {mel.rate} Hz")
    return renders


def drawn_stretches(
    renders: Renders, mel: MelDefinition, how: Drawn, rows: int, seed: int, first: int, place: Place
) -> Iterator[Stretches]:
    """This process's rows of the batches from step `first` on, pure in (seed, step)."""
    step = first
    while True:
        rng = np.random.default_rng((seed, step, place.rank))
        batch = []
        for _ in range(rows // place.world):
            choices = [_choose(renders, mel, how, rng)]
            if rng.random() < how.mixed:
                choices.append(_choose(renders, mel, how, rng))
            batch.append(tuple(choices))
        yield stretches(renders, mel, batch, how.frames, step, how.rolls)
        step += 1


def fixed_choices(renders: Renders, mel: MelDefinition, frames: int) -> list[tuple[Choice]]:
    """The loudest of eight stretches of each piece, for measuring: always the same."""
    found = []
    for number, piece in enumerate(renders.index.pieces):
        last = max(1, piece.samples // mel.hop - frames)
        places = np.linspace(0, last, 8).astype(int).tolist()
        loud = [
            float(np.square(renders.sound(number, at * mel.hop, frames * mel.hop)).mean())
            for at in places
        ]
        found.append((Choice(number, places[int(np.argmax(loud))]),))
    return found


def stretches(
    renders: Renders, mel: MelDefinition, batch: Sequence[Sequence[Choice]], frames: int,
    step: int = -1, rolls: bool = False,
) -> Stretches:  # fmt: skip
    """The batch of some choices; choices of one row sound together."""
    margin, inner = mel.window // 2, (frames - 1) * mel.hop
    count = inner + mel.window
    sound = np.zeros((len(batch), count), np.float32)
    source = np.zeros_like(sound)
    timbre = np.zeros((len(batch), len(INSTRUMENTS)), np.float32)
    keys = []
    for row, choices in enumerate(batch):
        for choice in choices:
            first = choice.frame * mel.hop - margin
            sound[row] += choice.gain * renders.sound(choice.piece, first, count)
            notes = renders.notes(choice.piece)
            if choices[0].told:
                source[row] += harmonic_source(notes, mel.rate, first, count)
            timbre[row, renders.index.pieces[choice.piece].instrument] = 1
            if rolls:
                keys.append(frame_rolls(notes, mel.frame_rate, choice.frame, frames))
    sounds = torch.from_numpy(sound)
    return Stretches(
        step,
        sounds,
        sounds[:, margin : margin + inner],
        log_mel(sounds, mel, centred=False),
        stft(torch.from_numpy(source), mel.window, mel.hop, centred=False),
        torch.from_numpy(timbre),
        torch.from_numpy(np.stack(keys)) if rolls else None,
    )


def _choose(renders: Renders, mel: MelDefinition, how: Drawn, rng: np.random.Generator) -> Choice:
    gain = float(np.exp(rng.uniform(np.log(how.gains[0]), np.log(how.gains[1]))))
    told = bool(rng.random() >= how.without_source)
    for _ in range(4):
        piece = int(rng.integers(len(renders)))
        last = max(1, renders.index.pieces[piece].samples // mel.hop - how.frames)
        frame = int(rng.integers(last))
        heard = renders.sound(piece, frame * mel.hop, how.frames * mel.hop)
        if how.rolls or np.abs(heard).max() > SILENCE:
            break
    return Choice(piece, frame, gain, told)
