"""The n-gram of tunes: repeats within a tune, the order that is chosen, bars without numbers."""

from __future__ import annotations

import numpy as np
import pytest

from muse.evaluate.kneser_ney import KneserNey
from muse.evaluate.ngram import chosen_order, scored, tune_ngram, without_countdown
from muse.tokens.melody import melody_vocabulary
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.score import Note, Part, Score

VOCABULARY = melody_vocabulary()


def random_tunes(count: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        steps = rng.choice([-2, -1, 0, 1, 2], 32, p=[0.1, 0.4, 0.1, 0.3, 0.1])
        pitches = 66 + np.cumsum(steps)
        notes = tuple(Note(12 * i, 12, int(pitch)) for i, pitch in enumerate(pitches))
        found.append(np.array(MelodyTokenizer().encode(Score((Part(notes),), 4))))
    return found


@pytest.fixture(scope="module")
def model() -> KneserNey:
    return tune_ngram(random_tunes(60, 0), 6)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 6])
def test_probabilities_sum_to_one_after_known_and_unknown_contexts(
    model: KneserNey, order: int
) -> None:
    piece = random_tunes(1, 9)[0].tolist()
    strange = [VOCABULARY[name] for name in ("BOS", "Hole", "Style_jig", "Bass_3", "Fill")]
    for before in (piece[:1], piece[:4], piece[:20], piece[:70], strange, strange[:2]):
        chances = model.distribution(before, order)
        assert chances.shape == (len(VOCABULARY),)
        assert chances.min() > 0
        assert chances.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("order", [1, 3, 6])
def test_nats_are_those_of_the_distributions(model: KneserNey, order: int) -> None:
    piece = random_tunes(1, 5)[0]
    nats = model.nats(piece, order)
    assert nats.shape == (len(piece) - 1,)
    for place in (0, 1, 2, 9, len(piece) - 2):
        chance = model.distribution(piece[: place + 1].tolist(), order)[piece[place + 1]]
        assert nats[place] == pytest.approx(-np.log(chance))


def test_a_gram_counts_once_for_each_piece() -> None:
    once = tune_ngram([np.array([1, 2, 3]), np.array([1, 2, 4])], 2)
    often = tune_ngram([np.array([1, 2, 3, 2, 3, 2, 3]), np.array([1, 2, 4])], 2)
    # After 2: 3 in one piece and 4 in one piece, in both.
    for model in (once, often):
        found = model.distribution([1, 2], 2)
        lower = model.distribution([1, 5], 2)
        assert found[3] - 0.5 * lower[3] == pytest.approx(found[4] - 0.5 * lower[4])


def test_the_order_is_chosen_on_validation_pieces_and_beats_the_unigram(model: KneserNey) -> None:
    valid = random_tunes(10, 1)
    order, bits = chosen_order(model, valid, (1, 2, 4, 6), context=60)
    assert bits[order] == min(bits.values()) < bits[1]
    for each, value in bits.items():
        assert scored(model, valid, each, context=60).bits_per_note == pytest.approx(value)


def test_without_countdown_all_bars_have_one_id() -> None:
    piece = random_tunes(1, 2)[0]
    found = without_countdown(piece)
    changed = [VOCABULARY.names[i] for i in piece[found != piece]]
    assert changed == ["Bar_-4", "Bar_-3", "Bar_-2"]
    assert set(found[found != piece]) == {VOCABULARY["Bar_-1"]}


def test_orders_that_were_not_counted_are_refused(model: KneserNey) -> None:
    with pytest.raises(ValueError, match="orders 1 to 6"):
        model.nats(random_tunes(1, 0)[0], 7)
    with pytest.raises(ValueError, match="pieces to count"):
        tune_ngram([], 3)
