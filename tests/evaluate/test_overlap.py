"""Overlapping areas by hand, and a noise floor that tells equal sources from different ones."""

from __future__ import annotations

import numpy as np
import pytest

from muse.evaluate.overlap import (
    columns,
    common_edges,
    compared,
    noise_floor,
    overlapping_area,
)


def test_areas_by_hand() -> None:
    edges = np.array([-np.inf, 1.0, 2.0, np.inf])
    one = np.array([0.0, 0.5, 1.5, 9.0])  # shares 1/2, 1/4, 1/4
    other = np.array([1.0, 1.9, 5.0, np.nan])  # shares 0, 2/3, 1/3; a value on an edge goes up
    assert overlapping_area(one, other, edges) == pytest.approx(0 + 1 / 4 + 1 / 4)
    assert overlapping_area(one, one, edges) == pytest.approx(1.0)
    assert np.isnan(overlapping_area(one, np.array([np.nan]), edges))


def test_edges_hold_everything_and_stand_one_value_alone() -> None:
    edges = common_edges([np.arange(101.0), np.array([np.nan])], bins=4)
    assert edges[1:-1] == pytest.approx([1 + 98 / 4, 50, 99 - 98 / 4])
    assert np.isinf(edges[[0, -1]]).all()
    assert overlapping_area(np.ones(3), np.ones(5), common_edges([np.ones(3)])) == 1.0


def test_a_sample_of_the_same_source_lies_within_the_noise() -> None:
    rng = np.random.default_rng(0)
    train, held_out, same = (rng.normal(size=n) for n in (2000, 600, 300))
    found = compared(same, held_out, train)
    assert found.within_noise and found.floor < found.overlap <= 1
    assert found.count == 300 and found.human_count == 600
    other = compared(rng.normal(0.8, 1.0, 300), held_out, train)
    assert not other.within_noise and other.overlap < other.floor
    assert other.figures()["within_noise"] is False
    assert other.shift == pytest.approx(0.8, abs=0.2)


def test_the_floor_rises_with_the_size_of_samples() -> None:
    rng = np.random.default_rng(1)
    train, held_out = rng.normal(size=3000), rng.normal(size=1000)
    edges = common_edges([train, held_out])
    small, large = (noise_floor(train, held_out, n, edges, 100).mean() for n in (30, 1000))
    assert small < large < 1


def test_columns() -> None:
    found = columns([{"a": 1.0, "b": 2.0}, {"a": 3.0, "b": float("nan")}])
    assert found["a"].tolist() == [1.0, 3.0] and np.isnan(found["b"][1])
    assert columns([]) == {}
