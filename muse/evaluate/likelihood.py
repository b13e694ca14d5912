"""Held-out likelihood: how many bits a model takes to write down music that it has not seen.

Conventions:
    * A piece is scored plain, as it is stored: no holes, nothing left unsaid, in its own order.
    * Every token but BOS is predicted exactly once: header, bars, EOS. Losses are natural (nats)
      and of next tokens; no grammar masks anything.
    * Bits per note are all those nats, in bits, over the number of `Pitch_` tokens of all voices:
      the notes pay for header, chord symbols, bar lines, rests and ends too. A note that is tied
      over bar lines is one note.
    * A piece longer than the context is scored in windows of whole bars. Each window begins with
      BOS and the piece's header; a later window repeats, as context, so many bars before its new
      ones as fill at most half of it. Only the new bars are counted, so every token of the
      piece, and so every note, counts once. Bars keep their own countdown.
    * Models of any kind are compared through the same windows: a model is a function from the
      ids of some windows, each (T,), to the nats of the ids after each first, each (T - 1,).
    * Half the bars of dance tunes stood before in the same piece. A bar that holds the ids of an
      earlier bar of its piece (its mark aside) is "repeated", all others are "new": the bits
      per note of both are told beside the total, for only new bars show what is known of music.
    * Sums run over all pieces before they are divided, so long pieces weigh more. Intervals are
      95 % percentile bootstraps over pieces.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from muse.tokens.melody import melody_vocabulary

CONTEXT = 1024
"""Most tokens of a window: what the shipped decoders are trained on."""

WINDOWS_AT_ONCE = 16

TokenNats = Callable[[list[np.ndarray]], list[np.ndarray]]
"""Ids of some windows, each (T,) -> nats of the ids after the first of each, (T - 1,)."""

FAMILIES = ("header", "bar", "chord", "pitch", "end", "stop")
"""What a token tells: conditions; bar marks and changes; chords; pitches, rests and ties; where a
segment stops; the end of the piece."""


@dataclass(frozen=True)
class Window:
    """Ids that are scored at once, (T,).

    Attributes:
        ids: BOS, header and bars.
        first: ids before this place are not counted.
        start: where in the piece the id at `first` stands.
    """

    ids: np.ndarray
    first: int
    start: int


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Nats of pieces.

    Attributes:
        nats: of each piece, (P,).
        tokens: predicted tokens of each piece, (P,).
        notes: of each piece, (P,).
        by_family: nats of all pieces by what their tokens tell.
        repeated: nats and notes of repeated bars.
    """

    nats: np.ndarray
    tokens: np.ndarray
    notes: np.ndarray
    by_family: dict[str, float]
    repeated: tuple[float, int] = (0.0, 0)

    @property
    def bits_per_note(self) -> float:
        """Bits of all tokens over all notes."""
        return float(self.nats.sum() / math.log(2) / self.notes.sum())

    @property
    def nats_per_token(self) -> float:
        """Mean nats of a predicted token."""
        return float(self.nats.sum() / self.tokens.sum())

    def interval(self, draws: int = 1000, seed: int = 0) -> tuple[float, float]:
        """95 % interval of the bits per note, by bootstrap over pieces."""
        return _percentiles(self.nats / math.log(2), self.notes, draws, seed)

    def figures(self) -> dict[str, Any]:
        """The numbers as JSON values."""
        notes = int(self.notes.sum())
        again, fresh = self.repeated[1], notes - self.repeated[1]
        rest = float(self.nats.sum()) - self.repeated[0]
        bits = {k: round(v / math.log(2) / notes, 4) for k, v in self.by_family.items()}
        return {
            "bits_per_note": round(self.bits_per_note, 4),
            "interval_95": [round(end, 4) for end in self.interval()],
            "nats_per_token": round(self.nats_per_token, 4),
            "pieces": len(self.nats),
            "tokens": int(self.tokens.sum()),
            "notes": notes,
            "bits_per_note_by_family": bits,
            "bits_per_note_of_new_bars": round(rest / math.log(2) / max(fresh, 1), 4),
            "bits_per_note_of_repeated_bars": round(
                self.repeated[0] / math.log(2) / max(again, 1), 4
            ),
            "notes_of_repeated_bars": again,
        }


def windows(piece: Sequence[int] | np.ndarray, context: int = CONTEXT) -> Iterator[Window]:
    """The windows of a piece, in which each of its tokens but BOS is counted once.

    Raises:
        ValueError: if a bar does not fit into the context.
    """
    ids = np.asarray(piece, dtype=np.int64)
    if len(ids) <= context:
        yield Window(ids, 1, 1)
        return
    starts = bar_starts(ids)
    header = ids[: starts[0]]
    bars = np.split(ids[starts[0] :], np.asarray(starts[1:]) - starts[0])
    room = context - len(header)
    done = 0
    while done < len(bars):
        begin, known = done, 0
        while begin > 0 and known + len(bars[begin - 1]) <= room // 2:
            begin -= 1
            known += len(bars[begin])
        end, used = done, known
        while end < len(bars) and used + len(bars[end]) <= room:
            used += len(bars[end])
            end += 1
        if end == done:
            raise ValueError(f"a bar of {len(bars[done])} tokens does not fit into {context}")
        first = len(header) + known if done else 1
        yield Window(np.concatenate([header, *bars[begin:end]]), first, starts[done] if done else 1)
        done = end


def bar_starts(ids: np.ndarray) -> list[int]:
    """Where the bars of a plain piece begin. Raises ValueError if it has none."""
    vocabulary = melody_vocabulary()
    bars = vocabulary.family("Bar")
    marks = (ids >= bars.start) & (ids < bars.stop) | (ids == vocabulary["Pickup"])
    found = np.flatnonzero(marks).tolist()
    if not found:
        raise ValueError("a piece without bars cannot be cut into windows")
    return found


def in_repeated_bars(piece: np.ndarray) -> np.ndarray:
    """Which ids of a piece stand in bars that repeat an earlier one, (T,) bool."""
    found = np.zeros(len(piece), dtype=bool)
    last = len(piece) - (piece[-1] == melody_vocabulary()["EOS"])
    starts = bar_starts(piece)
    seen: set[bytes] = set()
    for start, end in zip(starts, [*starts[1:], last]):
        inside = piece[start + 1 : end].tobytes()
        found[start:end] = inside in seen
        seen.add(inside)
    return found


def token_families(ids: np.ndarray) -> np.ndarray:
    """Places in `FAMILIES` of what each id tells, (T,); in a bar, a new meter or key is "bar"."""
    table = np.zeros(len(melody_vocabulary()), dtype=np.int8)
    for place, name in enumerate(melody_vocabulary().names):
        kind = name.partition("_")[0]
        for family, kinds in (
            ("bar", ("Bar", "Pickup", "Voice", "Hole", "Fill")),
            ("chord", ("Chord", "Bass")),
            ("pitch", ("Pitch", "Rest", "Tie")),
            ("end", ("End",)),
            ("stop", ("EOS",)),
        ):
            if kind in kinds:
                table[place] = FAMILIES.index(family)
    found = table[ids]
    inside = np.cumsum(found == FAMILIES.index("bar")) > 0
    return np.where(inside & (found == 0), FAMILIES.index("bar"), found)


def note_count(ids: np.ndarray) -> int:
    """How many notes begin in `ids`."""
    pitches = melody_vocabulary().family("Pitch")
    return int(((ids >= pitches.start) & (ids < pitches.stop)).sum())


def likelihood(
    model: TokenNats, pieces: Iterable[np.ndarray], context: int = CONTEXT
) -> Likelihood:
    """Score pieces, each by the protocol above.

    Args:
        model: gives the nats of ids after the first.
        pieces: ids of each piece, BOS to EOS.
        context: most tokens of a window.

    Raises:
        ValueError: if the model's answer is not one number for each id after the first.
    """
    found, repeats = [], []
    for piece in pieces:
        found.append(list(windows(piece, context)))
        repeats.append(in_repeated_bars(piece))
    # Windows of like length are scored together, so that little is padded.
    todo = sorted(
        ((number, window) for number, some in enumerate(found) for window in some),
        key=lambda entry: len(entry[1].ids),
    )
    nats, tokens, notes = np.zeros(len(found)), np.zeros(len(found)), np.zeros(len(found))
    by_family, again = np.zeros(len(FAMILIES)), [0.0, 0]
    for at in range(0, len(todo), WINDOWS_AT_ONCE):
        chunk = todo[at : at + WINDOWS_AT_ONCE]
        answers = model([window.ids for _, window in chunk])
        for (number, window), losses in zip(chunk, answers):
            if losses.shape != (len(window.ids) - 1,):
                raise ValueError(f"{losses.shape} losses for a window of {len(window.ids)} ids")
            counted, fresh = losses[window.first - 1 :], window.ids[window.first :]
            nats[number] += counted.sum()
            tokens[number] += len(fresh)
            notes[number] += note_count(fresh)
            families = token_families(window.ids)[window.first :]
            by_family += np.bincount(families, counted, len(FAMILIES))
            repeated = repeats[number][window.start : window.start + len(fresh)]
            again = [again[0] + counted[repeated].sum(), again[1] + note_count(fresh[repeated])]
    told = dict(zip(FAMILIES, by_family.tolist()))
    return Likelihood(nats, tokens, notes, told, (float(again[0]), int(again[1])))


def padded(some: Sequence[np.ndarray]) -> Tensor:
    """Ids of windows with PAD after the shorter ones, (B, T): what stands behind is not seen."""
    ids = torch.full((len(some), max(map(len, some))), melody_vocabulary()["PAD"])
    for row, each in zip(ids, some):
        row[: len(each)] = torch.from_numpy(each)
    return ids


def network_nats(network: Callable[[Tensor], Tensor]) -> TokenNats:
    """A causal network, ids (B, T) -> logits (B, T, V), as a model of windows."""

    def score(some: list[np.ndarray]) -> list[np.ndarray]:
        ids = padded(some)
        with torch.inference_mode():
            logits = network(ids[:, :-1]).transpose(1, 2)
            losses = F.cross_entropy(logits, ids[:, 1:], reduction="none").double().numpy()
        return [row[: len(each) - 1] for row, each in zip(losses, some)]

    return score


def difference(
    one: Likelihood, other: Likelihood, draws: int = 1000, seed: int = 0
) -> tuple[float, float, float]:
    """Bits per note of `one` less those of `other` on the same pieces, with its 95 % interval.

    Raises:
        ValueError: if they are not of the same pieces.
    """
    if not np.array_equal(one.notes, other.notes):
        raise ValueError("likelihoods are compared piece by piece: these are of other pieces")
    less = (one.nats - other.nats) / math.log(2)
    low, high = _percentiles(less, one.notes, draws, seed)
    return float(less.sum() / one.notes.sum()), low, high


def _percentiles(
    sums: np.ndarray, counts: np.ndarray, draws: int, seed: int
) -> tuple[float, float]:
    """2.5 and 97.5 % points of sum / count over bootstrap samples of pieces."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(sums), (draws, len(sums)))
    ratios = sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(low), float(high)
