"""The scoring protocol: every token once, long pieces in windows, the same for any model."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from muse.evaluate.likelihood import (
    FAMILIES,
    difference,
    likelihood,
    network_nats,
    note_count,
    token_families,
    windows,
)
from muse.models.decoder import Decoder, DecoderConfig
from muse.tokens.melody import melody_vocabulary
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.score import Note, Part, Score

VOCABULARY = melody_vocabulary()


def tune(bars: int, notes_per_bar: int = 8) -> np.ndarray:
    """The ids of a piece whose every note has its own place in a long tune."""
    length = 96 // notes_per_bar
    notes = tuple(Note(i * length, length, 60 + i * 7 % 23) for i in range(bars * notes_per_bar))
    return np.array(MelodyTokenizer().encode(Score((Part(notes),), bars, style="reel")))


def a_nat_each(some: list[np.ndarray]) -> list[np.ndarray]:
    return [np.ones(len(ids) - 1) for ids in some]


@pytest.mark.parametrize("context", [60, 61, 64, 100, 333, 1024])
@pytest.mark.parametrize("bars", [1, 3, 17, 70])
def test_every_token_after_bos_is_counted_exactly_once(bars: int, context: int) -> None:
    piece = tune(bars)
    some = list(windows(piece, context))
    assert all(len(window.ids) <= context for window in some)
    assert all(window.ids[window.first] == piece[window.start] for window in some)
    fresh = np.concatenate([window.ids[window.first :] for window in some])
    assert fresh.tolist() == piece[1:].tolist()
    assert sum(note_count(window.ids[window.first :]) for window in some) == 8 * bars


def test_later_windows_repeat_header_and_whole_bars_as_context() -> None:
    piece = tune(40)
    header = piece[: piece.tolist().index(VOCABULARY["Bar_-40"])].tolist()
    some = list(windows(piece, 200))
    assert len(some) > 3
    for window in some[1:]:
        assert window.ids[: len(header)].tolist() == header
        for place in (len(header), window.first):
            assert VOCABULARY.names[window.ids[place]].startswith("Bar_")
        known = window.first - len(header)
        assert 0 < known <= (200 - len(header)) // 2


def test_a_bar_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        list(windows(tune(40), 12))


def test_one_nat_a_token_gives_the_sums_by_hand() -> None:
    # BOS Style Meter Mode Tonic Tempo, then a bar of Bar_-n and 8 times Pitch End, then EOS.
    found = likelihood(a_nat_each, [tune(1), tune(2)])
    assert found.tokens.tolist() == [5 + 17 + 1, 5 + 34 + 1]
    assert found.notes.tolist() == [8, 16]
    assert found.nats_per_token == pytest.approx(1.0)
    assert found.bits_per_note == pytest.approx((23 + 40) / math.log(2) / 24)
    assert found.by_family == {
        "header": 10.0, "bar": 3.0, "chord": 0.0, "pitch": 24.0, "end": 24.0, "stop": 2.0,
    }  # fmt: skip
    low, high = found.interval()
    assert low <= found.bits_per_note <= high


def test_the_order_of_pieces_and_windows_does_not_matter() -> None:
    def by_value(some: list[np.ndarray]) -> list[np.ndarray]:
        return [np.sqrt(ids[1:]) for ids in some]

    pieces = [tune(bars) for bars in (30, 1, 9)]
    one, other = likelihood(by_value, pieces, 100), likelihood(by_value, pieces[::-1], 100)
    assert one.nats == pytest.approx(other.nats[::-1])
    assert one.nats == pytest.approx([np.sqrt(piece[1:]).sum() for piece in pieces])


@pytest.mark.parametrize("context", [40, 1024])
def test_repeated_bars_are_told_apart(context: int) -> None:
    bar = [(0, 60), (48, 64)]
    other = [(0, 67), (48, 65)]
    notes = tuple(
        Note(96 * number + tick, 48, pitch)
        for number, inside in enumerate([bar, other, bar, bar, other])
        for tick, pitch in inside
    )
    piece = np.array(MelodyTokenizer().encode(Score((Part(notes),), 5)))
    found = likelihood(a_nat_each, [piece], context)
    assert found.repeated == (3 * 5, 6)  # three bars of a mark and twice Pitch End; EOS is new
    figures = found.figures()
    assert figures["bits_per_note_of_repeated_bars"] == pytest.approx(
        15 / math.log(2) / 6, abs=1e-4
    )
    rest = len(piece) - 1 - 15
    assert figures["bits_per_note_of_new_bars"] == pytest.approx(rest / math.log(2) / 4, abs=1e-4)


def test_families_tell_the_header_from_changes_within_bars() -> None:
    names = [
        "BOS",
        "Meter_4/4",
        "Chords",
        "Bar_-1",
        "Meter_3/4",
        "Chord_0_",
        "End_72",
        "Tie",
        "EOS",
    ]
    found = token_families(np.array([VOCABULARY[name] for name in names]))
    said = [FAMILIES[place] for place in found]
    assert said == ["header", "header", "header", "bar", "bar", "chord", "end", "pitch", "stop"]


def test_a_padded_batch_scores_as_each_piece_alone() -> None:
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "head_dim": 8}
    config = DecoderConfig(
        vocab_size=len(VOCABULARY), num_attention_heads=2, num_key_value_heads=1, **shape
    )
    model = Decoder(config).eval()
    pieces = [tune(1), tune(6), tune(3)]
    together = likelihood(network_nats(model), pieces)
    alone = [float(model.token_losses(torch.from_numpy(p)[None]).sum()) for p in pieces]
    assert together.nats == pytest.approx(alone, rel=1e-5)


def test_a_model_with_too_few_answers_is_refused() -> None:
    with pytest.raises(ValueError, match="losses for a window"):
        likelihood(lambda some: [np.ones(3) for _ in some], [tune(2)])


def test_differences_are_paired_and_only_of_the_same_pieces() -> None:
    pieces = [tune(bars) for bars in (1, 2, 4)]
    one = likelihood(a_nat_each, pieces)
    other = likelihood(lambda some: [2 * each for each in a_nat_each(some)], pieces)
    mean, low, high = difference(one, other)
    assert mean == pytest.approx(-one.bits_per_note)
    assert low <= mean <= high < 0
    with pytest.raises(ValueError, match="piece by piece"):
        difference(one, likelihood(a_nat_each, pieces[:2]))
