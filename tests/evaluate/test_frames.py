"""Nats a frame: exact at once, and in windows where a piece outgrows the model."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from muse.data.shards import PieceInfo, Shard, write_shard
from muse.evaluate.frames import frame_score, frame_windows
from muse.models.decoder import Decoder, DecoderConfig
from muse.tokens.frames import SILENT, FrameCodec, Frames, counted, frame_vocabulary

CONTEXT = 180


def voices(rng: np.random.Generator, count: int) -> Frames:
    """Frames of four voices, in which a voice mostly stays where it is."""
    frames, now = [], [72, 67, 60, 48]
    for _ in range(count):
        stays = rng.random(4) < 0.7
        now = [p if s else int(rng.choice([SILENT, *range(40, 80)])) for p, s in zip(now, stays)]
        frames.append(now)
    return frames


def sets(rng: np.random.Generator, count: int) -> Frames:
    """Frames of no to four pitches."""
    return [
        sorted(rng.choice(range(40, 80), int(rng.integers(5)), replace=False).tolist())
        for _ in range(count)
    ]


MADE = {"voices": voices, "sets": sets}


def shard_of(folder: Path, kind: str, lengths: list[int]) -> Shard:
    rng, codec = np.random.default_rng(3), FrameCodec(kind)
    pieces = [
        (codec.encode(MADE[kind](rng, length)), PieceInfo("made", str(length), "", length))
        for length in lengths
    ]
    write_shard(folder / "valid.bin", pieces, kind, len(frame_vocabulary()))
    return Shard(folder / "valid.bin")


@pytest.fixture(scope="module")
def model() -> Decoder:
    """An untrained decoder with strong opinions."""
    torch.manual_seed(1)
    config = DecoderConfig(
        vocab_size=len(frame_vocabulary()), hidden_size=24, intermediate_size=24,
        num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, head_dim=12,
    )  # fmt: skip
    made = Decoder(config).requires_grad_(False).eval()
    made.model.embed_tokens.weight.data *= 12
    return made


@pytest.mark.parametrize("kind", ["voices", "sets"])
@pytest.mark.parametrize("length", [1, 16, 33, 112, 200])
def test_windows_score_every_token_once_and_spell_it_alike(kind: str, length: int) -> None:
    piece = np.array(FrameCodec(kind).encode(MADE[kind](np.random.default_rng(length), length)))
    windows = list(frame_windows(piece, CONTEXT))
    scored = np.concatenate([window[first:] for window, first in windows])
    assert np.array_equal(scored, piece[1:])
    assert all(len(window) <= CONTEXT and window[0] == piece[0] for window, _ in windows)
    codec = FrameCodec(kind)
    whole, at = codec.decode(piece.tolist()), 0
    for place, (window, first) in enumerate(windows):
        seen, known = codec.decode(window.tolist()), codec.decode(window[:first].tolist())
        assert known == whole[at - len(known) : at], "what is read is what stands before"
        assert len(known) % 16 == 0 and bool(known) == (place > 0)
        at += len(seen) - len(known)
    assert at == length


@pytest.mark.parametrize("kind", ["voices", "sets"])
def test_short_pieces_are_the_sum_over_one_pass(model: Decoder, kind: str, tmp_path: Path) -> None:
    shard = shard_of(tmp_path, kind, [5, 30, 20])
    score = frame_score(model, shard, 1024)
    nats, tokens = 0.0, 0
    for piece in shard:
        logits = torch.log_softmax(model(torch.from_numpy(piece)[None])[0].double(), -1)
        for place in range(1, len(piece)):
            if counted(piece.tolist())[place]:
                nats -= float(logits[place - 1, piece[place]])
                tokens += 1
    assert (score.frames, score.pieces, score.tokens) == (55, 3, tokens)
    assert score.nats_per_frame == pytest.approx(nats / 55, rel=1e-5)
    assert score.nats_per_token == pytest.approx(nats / tokens, rel=1e-5)
    first = frame_score(model, shard, 1024, most=1)
    assert (first.frames, first.pieces) == (5, 1)


@pytest.mark.parametrize("kind", ["voices", "sets"])
def test_a_window_as_long_as_the_piece_changes_nothing(
    model: Decoder, kind: str, tmp_path: Path
) -> None:
    shard = shard_of(tmp_path, kind, [160])
    whole = frame_score(model, shard, 4096)
    longest = len(shard[0])
    assert frame_score(model, shard, longest).nats_per_frame == whole.nats_per_frame
    cut = frame_score(model, shard, longest - 1)
    assert (cut.tokens, cut.frames) == (whole.tokens, whole.frames)
    assert cut.nats_per_frame != whole.nats_per_frame, "the last blocks forget the first ones"


def test_a_model_that_remembers_nothing_is_scored_alike_in_any_windows(tmp_path: Path) -> None:
    """Without attention, what a window leaves out cannot matter: the sums must agree."""
    config = DecoderConfig(
        vocab_size=len(frame_vocabulary()), hidden_size=16, intermediate_size=16,
        num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, head_dim=8,
    )  # fmt: skip
    torch.manual_seed(2)
    model = Decoder(config).eval()
    model.model.embed_tokens.weight.data *= 20
    torch.nn.init.zeros_(model.model.layers[0].self_attn.o_proj.weight)
    for kind in MADE:
        shard = shard_of(tmp_path, kind, [150, 97])
        whole = frame_score(model, shard, 4096)
        assert abs(whole.nats_per_token - math.log(len(frame_vocabulary()))) > 0.1
        for context in (162, CONTEXT, 333):
            score = frame_score(model, shard, context)
            assert score.nats_per_frame == pytest.approx(whole.nats_per_frame, rel=1e-6)
            assert score.tokens == whole.tokens


def test_too_short_a_window_is_told() -> None:
    piece = np.array(FrameCodec("voices").encode(voices(np.random.default_rng(0), 64)))
    assert len(list(frame_windows(piece, 161))) == 3
    with pytest.raises(ValueError, match="window of 160 tokens is too short"):
        list(frame_windows(piece, 160))
