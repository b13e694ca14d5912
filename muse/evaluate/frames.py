"""Exact joint nats a frame of a decoder over frame data (see `tokens/frames.py`).

Conventions:
    * The codecs are one to one, so the nats of a piece's counted tokens sum up to the nats of its
      frames (chain rule). BOS and marks are known beforehand and not counted; nor is the piece's
      length, which the published tables do not count either.
    * A piece that fits into the model's window is read at once: every token is given all before it.
    * A longer piece is read in windows of whole blocks of sixteen frames, as in training: BOS, then
      blocks that were scored before and are only read, as many as fill at most half of the window
      and at least one, then new blocks. In a window's first frame a voice that stays where it was
      is spelled out, because what it stays at is not seen; that frame is never scored. So every
      counted token of a piece is scored exactly once, each given what came before it as far back
      as its window reaches. Each factor is a distribution given a part of the past, so the sum is
      the exact likelihood of a model with that memory, and no estimate of another one.
    * Impossible tokens (a pitch that would have been `Hold`) keep their probability: the figure is an
      upper bound of what the codec could reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from muse.data.shards import Shard
from muse.models.decoder import Decoder
from muse.tokens.frames import MARKS, codec_of, counted


@dataclass(frozen=True)
class FrameScore:
    """Nats a frame and a counted token, over so many frames, counted tokens and pieces."""

    nats_per_frame: float
    nats_per_token: float
    frames: int
    pieces: int
    tokens: int = 0


@torch.no_grad()
def frame_score(model: Decoder, shard: Shard, context: int = 1024, most: int = 10**9) -> FrameScore:
    """Score the first `most` pieces of a shard in windows of at most `context` tokens.

    Raises:
        ValueError: if a window of a longer piece cannot hold a block to read and one to score.
    """
    nats, tokens, frames, pieces = 0.0, 0, 0, 0
    for number, piece in enumerate(shard):
        if number >= most:
            break
        for window, first in frame_windows(piece, context):
            losses = model.token_losses(torch.from_numpy(window)[None])[0, first - 1 :]
            wanted = torch.tensor(counted(window[first:].tolist()))
            nats += float(losses.double()[wanted].sum())
            tokens += int(wanted.sum())
        frames += shard.index.pieces[number].notes
        pieces += 1
    return FrameScore(nats / frames, nats / tokens, frames, pieces, tokens)


def frame_windows(piece: np.ndarray, context: int) -> Iterator[tuple[np.ndarray, int]]:
    """The windows of a piece: ids (T,), and from which place on they are scored.

    Raises:
        ValueError: as `frame_score`.
    """
    if len(piece) <= context:
        yield piece, 1
        return
    codec = codec_of(piece.tolist())
    frames = codec.decode(piece.tolist())
    blocks = [frames[at : at + MARKS] for at in range(0, len(frames), MARKS)]
    sizes = [len(codec.encode(block)) - 1 for block in blocks]
    room, done = context - 1, 0
    while done < len(blocks):
        begin, known = done, 0
        while begin and (begin == done or known + sizes[begin - 1] <= room // 2):
            begin -= 1
            known += sizes[begin]
        end, used = done, known
        while end < len(blocks) and used + sizes[end] <= room:
            used += sizes[end]
            end += 1
        if end == done:
            raise ValueError(
                f"a window of {context} tokens is too short for blocks of {MARKS} frames"
            )
        seen = frames[begin * MARKS : end * MARKS]
        yield np.asarray(codec.encode(seen), dtype=np.int64), 1 + known
        done = end
