"""The price of a form: nothing where all is allowed, ln of the choices where a guesser is held."""

from __future__ import annotations

import numpy as np
import pytest

from muse.evaluate.form_price import price_figures, priced
from muse.grammar.base import Slots

SIZE = 8
IS_TEXT = np.arange(SIZE) >= 4


def guessing(ids: np.ndarray) -> np.ndarray:
    return np.full((len(ids), SIZE), -np.log(SIZE))


def test_a_guesser_pays_for_what_it_may_not_write() -> None:
    grammar = Slots(SIZE, ((4, 5), (6,)), 2)
    found = priced(guessing, [1], [5, 6, 2], grammar, IS_TEXT)
    np.testing.assert_allclose(found.price, [np.log(8 / 2), np.log(8), np.log(8)])
    np.testing.assert_allclose(found.nats, np.log(8))
    np.testing.assert_array_equal(found.allowed, [2, 1, 1])
    np.testing.assert_array_equal(found.text, [True, True, False])
    figures = price_figures([found])
    assert figures["price_per_token"] == pytest.approx(np.log(8 * 8 * 4) / 3, abs=1e-4)
    assert figures["price_per_text_token"] == pytest.approx(np.log(8 * 4) / 2, abs=1e-4)
    assert figures["forced_share"] == pytest.approx(2 / 3, abs=1e-4)


def test_free_writing_costs_nothing() -> None:
    found = priced(guessing, [1, 3], [7, 0, 2], None, IS_TEXT)
    assert not found.price.any() and price_figures([found])["price_per_token"] == 0
    assert len(found.nats) == 3


def test_what_a_network_wants_anyway_is_cheap() -> None:
    def knowing(ids: np.ndarray) -> np.ndarray:
        chances = np.full((len(ids), SIZE), 0.001)
        chances[:, 5] = 1 - 0.007
        return np.log(chances)

    grammar = Slots(SIZE, ((4, 5), (6, 7)), 2)
    found = priced(knowing, [1], [5, 7, 2], grammar, IS_TEXT)
    assert found.price[0] < 0.01 < 5 < found.price[1]


def test_the_nats_are_those_of_each_drawn_id_after_what_stood_before() -> None:
    rng = np.random.default_rng(0)
    table = np.log(rng.dirichlet(np.ones(SIZE), SIZE))  # chances by the id before
    found = priced(lambda ids: table[ids], [1, 3], [7, 0, 2], None, IS_TEXT)
    np.testing.assert_allclose(found.nats, [-table[3, 7], -table[7, 0], -table[0, 2]])


def test_a_grammar_that_did_not_draw_it_is_found_out() -> None:
    with pytest.raises(ValueError, match="does not allow id 6 at place 0"):
        priced(guessing, [1], [6, 6, 2], Slots(SIZE, ((4, 5), (6,)), 2), IS_TEXT)
