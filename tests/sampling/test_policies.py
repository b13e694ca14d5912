"""Every policy against cases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.sampling.base import Logits
from muse.sampling.policies import (
    MinP,
    RepeatedRun,
    Repetition,
    Temperature,
    TopK,
    TopP,
    standard_policies,
)

INF = float("inf")
NO_IDS = np.zeros((1, 0), dtype=np.int64)


def logits_of(*rows: list[float]) -> Logits:
    return np.array(rows, dtype=np.float32)


def softmax(logits: Logits) -> Logits:
    found = np.exp(logits - logits.max(axis=1, keepdims=True))
    return found / found.sum(axis=1, keepdims=True)


def chances(*rows: list[float]) -> Logits:
    """Logits of these probabilities."""
    return np.log(logits_of(*rows))


def kept(logits: Logits) -> list[list[int]]:
    """Ids that are not forbidden, of each row."""
    return [[i for i, value in enumerate(row) if value > -INF] for row in logits.tolist()]


def test_temperature_divides() -> None:
    logits = logits_of([1.0, -2.0, -INF], [0.5, 0.0, 3.0])
    found = Temperature(0.5)(logits, NO_IDS)
    assert found.tolist() == [[2.0, -4.0, -INF], [1.0, 0.0, 6.0]]
    assert Temperature(2)(logits, NO_IDS).tolist() == [[0.5, -1.0, -INF], [0.25, 0.0, 1.5]]


def test_temperature_zero_takes_the_likeliest() -> None:
    logits = logits_of([1.0, 3.0, 2.0], [-INF, -5.0, -6.0])
    found = Temperature(0)(logits, NO_IDS)
    assert kept(found) == [[1], [1]]
    assert softmax(found).tolist() == [[0, 1, 0], [0, 1, 0]]


def test_top_k_keeps_so_many() -> None:
    logits = chances([0.1, 0.4, 0.2, 0.3], [0.7, 0.1, 0.15, 0.05])
    assert kept(TopK(2)(logits, NO_IDS)) == [[1, 3], [0, 2]]
    assert kept(TopK(1)(logits, NO_IDS)) == [[1], [0]]
    assert kept(TopK(9)(logits, NO_IDS)) == [[0, 1, 2, 3]] * 2
    masked = logits_of([1.0, -INF, -INF, 0.0])
    assert kept(TopK(3)(masked, NO_IDS)) == [[0, 3]], "what is forbidden stays forbidden"


def test_top_p_keeps_the_fewest_that_reach_the_mass() -> None:
    logits = chances([0.1, 0.4, 0.2, 0.3], [0.7, 0.1, 0.15, 0.05])
    assert kept(TopP(0.65)(logits, NO_IDS)) == [[1, 3], [0]]
    assert kept(TopP(0.75)(logits, NO_IDS)) == [[1, 2, 3], [0, 2]]
    assert kept(TopP(1e-6)(logits, NO_IDS)) == [[1], [0]]
    assert kept(TopP(1.0)(logits, NO_IDS)) == [[0, 1, 2, 3]] * 2
    # Probabilities are of what is allowed, not of all.
    assert kept(TopP(0.5)(logits_of([-INF, 0.0, 1.0]), NO_IDS)) == [[2]]


def test_min_p_is_relative_to_the_likeliest() -> None:
    logits = chances([0.1, 0.4, 0.2, 0.3], [0.7, 0.1, 0.15, 0.05])
    assert kept(MinP(0.4)(logits, NO_IDS)) == [[1, 2, 3], [0]]
    assert kept(MinP(0.2)(logits, NO_IDS)) == [[0, 1, 2, 3], [0, 2]]
    assert kept(MinP(0.0)(logits, NO_IDS)) == [[0, 1, 2, 3]] * 2


def test_repetition_makes_recent_ids_less_likely() -> None:
    logits = logits_of([2.0, -2.0, 1.0, 0.5], [2.0, -2.0, 1.0, -INF])
    ids = np.array([[3, 0, 1], [2, 2, 3]])
    found = Repetition(2.0, window=2)(logits, ids)
    assert found.tolist() == [[1.0, -4.0, 1.0, 0.5], [2.0, -2.0, 0.5, -INF]]
    assert logits[0, 0] == 2.0, "a policy changes nothing in place"
    assert Repetition(2.0)(logits, NO_IDS.repeat(2, axis=0)).tolist() == logits.tolist()


def test_standard_policies_in_their_order() -> None:
    assert standard_policies() == ()
    assert standard_policies(top_p=1.0, min_p=0.0, repetition=1.0) == ()
    every = standard_policies(0.5, 4, 0.9, 0.1, 1.2)
    assert every == (Repetition(1.2), Temperature(0.5), TopK(4), TopP(0.9), MinP(0.1))
    # Temperature comes before the mass is counted: [.4 .3 .3] squared is [.47 .26 .26].
    logits = chances([0.4, 0.3, 0.3])
    for policy in standard_policies(0.5, top_p=0.45):
        logits = policy(logits, NO_IDS)
    assert kept(logits) == [[0]]


WRONG = [
    lambda: Temperature(-0.1),
    lambda: Temperature(11),
    lambda: Temperature(math.nan),
    lambda: TopK(0),
    lambda: TopP(0),
    lambda: TopP(1.1),
    lambda: MinP(-0.1),
    lambda: MinP(1),
    lambda: Repetition(0.9),
    lambda: Repetition(1.1, window=0),
]


@pytest.mark.parametrize("make", WRONG)
def test_senseless_settings_are_refused(make) -> None:
    with pytest.raises(ValueError):
        make()


ROWS = st.lists(st.floats(-20, 20) | st.just(-INF), min_size=3, max_size=8).filter(
    lambda row: any(value > -INF for value in row)
)
POLICIES = st.sampled_from(
    [
        Temperature(0),
        Temperature(0.3),
        Temperature(5),
        TopK(1),
        TopK(3),
        TopP(0.01),
        TopP(0.9),
        MinP(0.05),
        MinP(0.99),
        Repetition(3.0),
    ]
)


@settings(max_examples=200, deadline=None)
@given(ROWS, st.lists(POLICIES, max_size=4))
def test_some_id_always_stays_and_no_forbidden_one_returns(row: list[float], chain: list) -> None:
    logits, ids = logits_of(row), np.array([[0, 1]])
    for policy in chain:
        logits = policy(logits, ids)
    allowed = {i for i, value in enumerate(row) if value > -INF}
    left = set(kept(logits)[0])
    assert left and left <= allowed
    assert not np.isnan(logits).any() and logits.dtype == np.float32


def test_a_repeated_run_costs_what_it_says() -> None:
    ids = np.array([[1, 2, 3, 4, 1, 2], [1, 2, 3, 1, 2, 0]])
    logits = np.zeros((2, 5), dtype=np.float32)
    logits[0, 0] = -INF
    found = RepeatedRun(3, 2.0)(logits, ids)
    # Behind 1 2 stood 3; behind 2 0 nothing stood yet.
    assert found.tolist() == [[-INF, 0, 0, -2, 0], [0, 0, 0, 0, 0]]
    assert RepeatedRun(4, 2.0)(logits, ids).tolist() == logits.tolist()
    assert RepeatedRun(9)(logits, ids) is logits
    for wrong in ((1, 2.0), (3, -1.0)):
        with pytest.raises(ValueError, match="a run has"):
            RepeatedRun(*wrong)


def test_a_repeated_run_leaves_what_is_forced() -> None:
    logits = np.full((1, 4), -INF, dtype=np.float32)
    logits[0, 2] = 0.5
    found = RepeatedRun(2)(logits, np.array([[1, 2, 1]]))
    assert softmax(found).tolist() == [[0, 0, 1, 0]]


def test_top_p_and_top_k_keep_all_that_are_as_likely() -> None:
    logits = logits_of([1.0, 0.0, 1.0, -INF, 1.0])
    assert kept(TopK(1)(logits, NO_IDS)) == kept(TopP(0.1)(logits, NO_IDS)) == [[0, 2, 4]]


@settings(max_examples=200, deadline=None)
@given(ROWS, POLICIES.filter(lambda each: not each.reads_ids), st.integers(0, 5))
def test_it_does_not_matter_where_an_id_stands(row: list[float], policy, padding: int) -> None:
    """So the sampler may leave out columns that the grammar forbids."""
    wide = policy(logits_of([*row, *[-INF] * padding]), NO_IDS)
    assert wide[:, : len(row)].tolist() == policy(logits_of(row), NO_IDS).tolist()
    assert kept(wide[:, len(row) :]) == [[]]
