"""`muse evaluate` of runs that learned frames: the figures of the published tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from muse.cli.runs import read_run
from muse.data.frames import CODECS
from muse.data.shards import Shard
from muse.evaluate.frames import FrameScore, frame_score
from muse.works.base import WishError

if TYPE_CHECKING:
    from muse.cli.measures.bench import Bench

SPLITS = ("valid", "test")


def likelihood(bench: Bench) -> dict[str, Any]:
    """Exact joint nats a frame of a run, on both held-out splits.

    Pieces that are longer than what the run was trained to see are read in windows (see
    `evaluate/frames.py`): each counted token is scored once.
    """
    model, recipe = read_run(Path(bench.name), "frames")
    found: dict[str, Any] = {"context": recipe.length, "parameters": model.parameter_count}
    for split in SPLITS:
        try:
            score = frame_score(model, bench.shard(split), recipe.length, bench.count or 10**9)
        except ValueError as error:
            raise WishError(f"{bench.name}: {error}") from error
        found[split] = figures(score)
        bench.say(
            f"{split}, model",
            f"{score.nats_per_frame:.4f} nats/frame, {score.nats_per_token:.4f} nats/token",
            f"{score.pieces} pieces, {score.frames:,} frames, {score.tokens:,} counted tokens",
        )
    return found


MEASURES = {"likelihood": likelihood}


def learned_frames(shards: Path) -> bool:
    """Whether the shards of a folder hold frames."""
    if not (shards / "valid.json").is_file():
        return False
    return Shard(shards / "valid.bin").index.tokenizer in CODECS


def figures(score: FrameScore) -> dict[str, Any]:
    """The numbers of a score as JSON values."""
    return {
        "nats_per_frame": round(score.nats_per_frame, 4),
        "nats_per_token": round(score.nats_per_token, 4),
        "pieces": score.pieces, "frames": score.frames, "tokens": score.tokens,
    }  # fmt: skip
