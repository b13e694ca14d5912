"""Kneser-Ney over any ids: sums to one, counts by hand, equal to a plain implementation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.evaluate.kneser_ney import PADDING, KneserNey, discounts_of

SIZE = 12


def text(length: int, seed: int) -> np.ndarray:
    """Ids 2 to 11 behind the mark 1, each likely one or two above the one before."""
    rng = np.random.default_rng(seed)
    steps = rng.choice([0, 1, 2, 5], length, p=[0.1, 0.5, 0.3, 0.1])
    return np.concatenate([[1], 2 + np.cumsum(steps) % (SIZE - 2)])


@pytest.fixture(scope="module")
def model() -> KneserNey:
    return KneserNey([text(4000, 0)], SIZE, 8)


@pytest.mark.parametrize("order", range(1, 9))
def test_probabilities_sum_to_one_after_known_and_unknown_contexts(
    model: KneserNey, order: int
) -> None:
    known = text(60, 1).tolist()
    for before in ([1], known[:2], known[:9], known, [1, 11, 2, 11, 2, 11, 2, 11], [1, 0, 1, 0]):
        chances = model.distribution(before, order)
        assert chances.shape == (SIZE,) and chances.min() > 0
        assert chances.sum() == pytest.approx(1.0, abs=1e-12)


@given(
    st.lists(st.lists(st.integers(2, 5), max_size=12), min_size=1, max_size=6),
    st.lists(st.integers(0, 5), max_size=6),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_few_counts_make_distributions(
    pieces: list[list[int]], before: list[int], once: bool
) -> None:
    if not any(pieces):
        pieces = [*pieces, [2]]
    model = KneserNey([np.array([1, *piece]) for piece in pieces], 6, 4, once)
    for order in range(1, 5):
        chances = model.distribution([1, *before], order)
        assert chances.min() > 0 and chances.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("order", [1, 2, 4, 8])
def test_nats_are_those_of_the_distributions(model: KneserNey, order: int) -> None:
    piece = text(40, 7)
    nats = model.nats(piece, order)
    assert nats.shape == (len(piece) - 1,)
    for place in (0, 1, 2, 9, len(piece) - 2):
        chance = model.distribution(piece[: place + 1].tolist(), order)[piece[place + 1]]
        assert nats[place] == pytest.approx(-np.log(chance))
    assert model.nats_by_order(piece, [order, 3])[order] == pytest.approx(nats)


def test_a_bigram_by_hand() -> None:
    # Ids: 1 begins; pieces 1 2 3, 1 2 4, 1 3 3. Too few rare counts: discounts 0.5, 1, 1.5.
    model = KneserNey([np.array(p) for p in ([1, 2, 3], [1, 2, 4], [1, 3, 3])], 5, 2)
    uniform = 1 / 5
    # Different tokens before each id: 2 after {1}; 3 after {2, 1, 3}; 4 after {2}: 5 bigrams.
    freed = (0.5 + 1.5 + 0.5) / 5
    lower = {2: 0.5 / 5 + freed * uniform, 3: 1.5 / 5 + freed * uniform, 0: freed * uniform}
    # After 1: 2 in two pieces, 3 in one.
    rest = (1 + 0.5) / 3
    found = model.distribution([1], 2)
    assert found[2] == pytest.approx((2 - 1) / 3 + rest * lower[2])
    assert found[3] == pytest.approx((1 - 0.5) / 3 + rest * lower[3])
    assert found[0] == pytest.approx(rest * lower[0])
    # A context that never stood: the lower order as it is.
    assert model.distribution([1, 0], 2) == pytest.approx(
        [lower[0], lower[0], lower[2], lower[3], lower[2]]
    )


def test_every_repeat_counts_unless_a_piece_counts_once() -> None:
    pieces = [np.array([1, 2, 3, 2, 3, 2, 3, 2, 4])]
    # After 2: 3 three times and 4 once; or each once. Discounts 0.5, 1, 1.5.
    often, once = KneserNey(pieces, 5, 2), KneserNey(pieces, 5, 2, once_a_piece=True)
    lower = often.distribution([1, 0], 2)
    assert often.distribution([1, 2], 2) == pytest.approx(
        np.array([0, 0, 0, 3 - 1.5, 1 - 0.5]) / 4 + (1.5 + 0.5) / 4 * lower
    )
    assert once.distribution([1, 2], 2) == pytest.approx(
        np.array([0, 0, 0, 0.5, 0.5]) / 2 + (0.5 + 0.5) / 2 * lower
    )


def test_discounts_are_chen_and_goodmans() -> None:
    counts = np.repeat([0, 1, 2, 3, 4, 9], [7, 40, 12, 6, 3, 5])
    y = 40 / (40 + 2 * 12)
    expected = (1 - 2 * y * 12 / 40, 2 - 3 * y * 6 / 12, 3 - 4 * y * 3 / 6)
    assert discounts_of(counts) == pytest.approx(expected)
    assert discounts_of(np.array([5, 5, 7])) == (0.5, 1.0, 1.5)


def plain(pieces: list[list[int]], order: int) -> Callable[[tuple[int, ...], int], float]:
    """The same n-gram as the paper has it, of dictionaries and recursion."""
    counts: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(order + 1)]
    for piece in pieces:
        padded = [PADDING] * order + piece
        for end in range(order + 1, len(padded)):
            counts[order][tuple(padded[end - order + 1 : end + 1])] += 1
    for k in range(order - 1, 0, -1):
        # Continuation counts: how many different longer grams end in it.
        longer = {tuple(gram[1:]) for gram in counts[k + 1]}
        counts[k] = Counter(dict.fromkeys(longer, 0))
        for gram in counts[k + 1]:
            counts[k][gram[1:]] += 1
    totals: list[defaultdict] = [defaultdict(Counter) for _ in range(order + 1)]
    discounts = [
        (0.0, *discounts_of(np.array(list(counter.values()) or [0]))) for counter in counts
    ]
    for k in range(1, order + 1):
        for gram, count in counts[k].items():
            totals[k][gram[:-1]][min(count, 3)] += 1
            totals[k][gram[:-1]]["sum"] += count

    def chance(context: tuple[int, ...], id: int, k: int = order) -> float:
        if k == 0:
            return 1 / SIZE
        context = context[len(context) - k + 1 :]
        told = totals[k].get(context)
        if told is None:
            return chance(context[1:], id, k - 1)
        count = counts[k][(*context, id)]
        rest = sum(discounts[k][kind] * told[kind] for kind in (1, 2, 3)) / told["sum"]
        share = max(count - discounts[k][min(count, 3)], 0) / told["sum"]
        return share + rest * chance(context[1:], id, k - 1)

    return chance


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_it_is_the_n_gram_of_the_paper(order: int) -> None:
    pieces = [text(700, seed).tolist() for seed in range(3)]
    model = KneserNey([np.array(piece) for piece in pieces], SIZE, order)
    chance = plain(pieces, order)
    held_out = text(200, 9).tolist()
    padded = [PADDING] * order + held_out
    expected = [
        -np.log(chance(tuple(padded[end - order + 1 : end]), padded[end]))
        for end in range(order + 1, len(padded))
    ]
    assert model.nats(np.array(held_out), order) == pytest.approx(expected, rel=1e-9)


def test_longer_contexts_tell_what_shorter_ones_cannot() -> None:
    def woven(length: int, seed: int) -> np.ndarray:
        """Two texts in turn: what comes next depends on the id before the last."""
        found = np.empty(2 * length, np.int64)
        found[::2], found[1::2] = text(length, seed)[1:], text(length, seed + 100)[1:]
        return np.concatenate([[1], found])

    model = KneserNey([woven(2000, 0)], SIZE, 8)
    means = {k: v.mean() for k, v in model.nats_by_order(woven(500, 1), range(1, 9)).items()}
    assert min(means, key=means.__getitem__) == 3
    assert means[3] < means[2] - 0.7 and means[8] < means[2]


def test_what_cannot_be_counted_is_refused(model: KneserNey) -> None:
    with pytest.raises(ValueError, match="order 1 or more"):
        KneserNey([text(9, 0)], SIZE, 0)
    with pytest.raises(ValueError, match="pieces to count"):
        KneserNey([], SIZE, 3)
    with pytest.raises(ValueError, match="orders 1 to 8"):
        model.nats(text(9, 0), 9)
