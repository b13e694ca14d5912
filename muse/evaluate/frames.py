"""Exact joint nats a frame of a decoder over frame data (see `tokens/frames.py`).

Conventions:
    Every counted token of every piece is scored exactly once, given the tokens before it, as far
    back as the window reaches: long pieces are read in windows of `context` tokens that overlap
    by half, and a window's first half is only read. Impossible tokens (a pitch that would have been
    `Hold`) keep their probability: the figure is an upper bound of the codec's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from muse.data.shards import Shard
from muse.models.decoder import Decoder
from muse.tokens.frames import counted


@dataclass(frozen=True)
class FrameScore:
    """Nats a frame and a counted token, over so many frames and pieces."""

    nats_per_frame: float
    nats_per_token: float
    frames: int
    pieces: int


@torch.no_grad()
def frame_score(model: Decoder, shard: Shard, context: int = 1024, most: int = 10**9) -> FrameScore:
    """Score the first `most` pieces of a shard."""
    nats, tokens, frames, pieces = 0.0, 0, 0, 0
    for number, piece in enumerate(shard):
        if number >= most:
            break
        ids = torch.from_numpy(piece)
        wanted = torch.tensor(counted(piece.tolist()))
        done = 1
        while done < len(ids):
            start = max(0, min(done - context // 2, len(ids) - context)) if done > 1 else 0
            window = ids[start : start + context]
            losses = model.token_losses(window[None])[0]
            fresh = losses[done - start - 1 :]
            keep = wanted[done : done + len(fresh)]
            nats += float(fresh[keep].sum())
            tokens += int(keep.sum())
            done += len(fresh)
        frames += shard.index.pieces[number].notes
        pieces += 1
    return FrameScore(nats / frames, nats / tokens, frames, pieces)
