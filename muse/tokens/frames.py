"""Frames of pitches as tokens, for the published tables of polyphonic modelling.

The tables of JSB chorales and Nottingham give nats a frame, where a frame is what sounds at one
place of a grid. Both codecs are one to one, so that the sum of the nats of a piece's tokens is
the exact joint likelihood of its frames by the chain rule.

* `voices`: four voices a frame, as in Jsb16thSeparated: `Mark_k S A T B`. A voice that stays where it
  was is `Hold`. `Mark_k`, the frame's number modulo sixteen, says nothing new and is not counted.
* `sets`: the pitches that sound, highest first, then `Frame`, as in Boulanger-Lewandowski's piano
  rolls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from muse.tokens.base import Vocabulary

LOWEST, HIGHEST = 21, 108
MARKS = 16
SILENT = -1

Frames = list[list[int]]
"""MIDI pitches of each frame; in a voices frame `SILENT` is a rest."""


@cache
def frame_vocabulary() -> Vocabulary:
    """The tokens of both codecs."""
    names = ["PAD", "BOS", "EOS", "Frame", "Hold", "Silent"]
    names += [f"Mark_{k}" for k in range(MARKS)]
    names += [f"Pitch_{p}" for p in range(LOWEST, HIGHEST + 1)]
    return Vocabulary(tuple(names))


@dataclass(frozen=True)
class FrameCodec:
    """`kind` is "voices" or "sets"."""

    kind: str

    def encode(self, frames: Frames) -> list[int]:
        """The ids of a piece, without EOS: a piece's end is not part of the tables' likelihood."""
        ids = frame_vocabulary()
        out = [ids["BOS"]]
        before: list[int | None] = [None] * 8
        for number, frame in enumerate(frames):
            if self.kind == "sets":
                out += [ids[f"Pitch_{pitch}"] for pitch in sorted(frame, reverse=True)]
                out.append(ids["Frame"])
                continue
            out.append(ids[f"Mark_{number % MARKS}"])
            for voice, pitch in enumerate(frame):
                if pitch == before[voice]:
                    out.append(ids["Hold"])
                else:
                    out.append(ids["Silent"] if pitch == SILENT else ids[f"Pitch_{pitch}"])
            before = list(frame)
        return out

    def decode(self, ids: Sequence[int]) -> Frames:
        """The frames of ids that `encode` made."""
        names = [frame_vocabulary().names[i] for i in ids]
        frames: Frames = []
        now: list[int] = []
        for name in names:
            if name.startswith("Mark_"):
                frames.append([])
            elif name == "Frame":
                frames.append(now)
                now = []
            elif name == "Hold":
                frames[-1].append(frames[-2][len(frames[-1])])
            elif name.startswith("Pitch_") or name == "Silent":
                pitch = SILENT if name == "Silent" else int(name[6:])
                (frames[-1] if self.kind == "voices" else now).append(pitch)
        return frames

    @property
    def most_transposed(self) -> tuple[int, int]:
        """Semitones down and up that training may shift a piece by."""
        return (-6, 5)


def codec_of(ids: Sequence[int]) -> FrameCodec:
    """The codec that wrote the ids of a piece: only voices have marks."""
    marks = frame_vocabulary().family("Mark")
    return FrameCodec("voices" if any(i in marks for i in ids[:2]) else "sets")


def transposed(frames: Frames, semitones: int) -> Frames:
    """All pitches higher by `semitones`; rests stay. Raises ValueError outside the piano."""
    moved = [[p if p == SILENT else p + semitones for p in frame] for frame in frames]
    if any(p != SILENT and not LOWEST <= p <= HIGHEST for frame in moved for p in frame):
        raise ValueError(f"transposed by {semitones}, the piece leaves the piano")
    return moved


def counted(ids: Sequence[int]) -> list[bool]:
    """Which ids the likelihood counts: all but BOS and marks, which are known beforehand."""
    names = frame_vocabulary().names
    return [not names[i].startswith("Mark_") and names[i] != "BOS" for i in ids]
