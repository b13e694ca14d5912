"""Nats a character: exact, each character once, the same for networks and n-grams."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from muse.evaluate.characters import character_score, windows, windows_apart
from muse.evaluate.kneser_ney import KneserNey
from muse.evaluate.likelihood import network_nats
from muse.models.decoder import Decoder, DecoderConfig
from muse.tokens.characters import CharacterTokenizer, characters_of

TOKENIZER = characters_of(["abcdefgh \n"])
SIZE = len(TOKENIZER.vocabulary)


@pytest.fixture(scope="module")
def model() -> Decoder:
    """A network that knows nothing but whose answers depend on all that it reads."""
    torch.manual_seed(0)
    config = DecoderConfig(
        vocab_size=SIZE, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=16,
    )  # fmt: skip
    model = Decoder(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.mul_(8)
    return model.eval()


def text(length: int, seed: int) -> np.ndarray:
    characters = np.random.default_rng(seed).choice(list("abcdefgh \n"), length)
    return np.array(TOKENIZER.encode("".join(characters)))


def one_by_one(model: Decoder, piece: np.ndarray, starts: list[int]) -> float:
    """Nats of each character, from a pass of its own over what it is given."""
    nats = 0.0
    for place, start in enumerate(starts, 1):
        with torch.no_grad():
            logits = model(torch.from_numpy(piece[start:place])[None])[0, -1].double()
        nats -= float(torch.log_softmax(logits, -1)[piece[place]])
    return nats


def test_windows_give_what_one_pass_for_each_character_gives(model: Decoder) -> None:
    """With 8 ids read at once: 8 characters from the beginning, then 5 a window.

    The last window is as long as the others: it begins earlier instead.
    """
    piece = text(25, 1)
    starts = [0] * 8 + [5] * 5 + [10] * 5 + [15] * 5 + [17] * 2
    assert len(starts) == 25
    found = character_score(network_nats(model), [piece], TOKENIZER, 8)
    assert found.nats == pytest.approx(one_by_one(model, piece, starts), rel=1e-5)
    assert (found.characters, found.unknown, found.texts) == (25, 0, 1)
    assert found.nats_per_character == found.nats / 25
    assert found.bits_per_character == pytest.approx(found.nats / 25 / math.log(2))


def test_windows_apart_give_what_one_pass_for_each_character_gives(model: Decoder) -> None:
    piece = text(25, 1)
    starts = [0] * 8 + [8] * 8 + [16] * 8 + [24]
    found = character_score(network_nats(model), [piece], TOKENIZER, 8, windows_apart)
    assert found.nats == pytest.approx(one_by_one(model, piece, starts), rel=1e-5)


def test_a_text_that_fits_is_read_at_once_and_texts_do_not_see_each_other(model: Decoder) -> None:
    pieces = [text(length, length) for length in (3, 25, 1, 9, 17, 25)]
    found = character_score(network_nats(model), pieces, TOKENIZER, 32)
    assert found.nats == pytest.approx(
        sum(one_by_one(model, piece, [0] * (len(piece) - 1)) for piece in pieces), rel=1e-5
    )
    assert (found.characters, found.texts) == (80, 6)


@given(st.integers(2, 300), st.integers(2, 60))
def test_every_character_counts_once_after_half_a_window(length: int, context: int) -> None:
    piece = np.arange(length)
    for cut, least in ((windows, context // 2), (windows_apart, 1)):
        counted: list[int] = []
        for window in cut(piece, context):
            assert 2 <= len(window.ids) <= context + 1
            assert (window.ids == np.arange(window.ids[0], window.ids[0] + len(window.ids))).all()
            fresh = window.ids[window.first :].tolist()
            assert fresh[0] == window.start and window.first >= min(least, fresh[0])
            counted += fresh
        assert counted == list(range(1, length))


def test_an_n_gram_is_scored_the_same_in_windows_of_any_length() -> None:
    model = KneserNey([text(900, 2)], SIZE, 3)
    piece = text(200, 3)
    whole = float(model.nats(piece, 3).sum())
    for context in (4, 9, 50, 500):
        found = character_score(
            lambda some: [model.nats(ids, 3) for ids in some], [piece], TOKENIZER, context
        )
        assert found.nats == pytest.approx(whole)


def test_unknown_characters_pay_for_their_name() -> None:
    def even(some: list[np.ndarray]) -> list[np.ndarray]:
        return [np.full(len(ids) - 1, math.log(SIZE)) for ids in some]

    pieces = [np.array(TOKENIZER.encode("abxy")), np.array(TOKENIZER.encode("z"))]
    found = character_score(even, pieces, TOKENIZER, 8)
    assert found.unknown == 3
    assert found.nats == pytest.approx(5 * math.log(SIZE) + 3 * TOKENIZER.unknown_nats)


def test_a_vocabulary_that_knows_less_never_scores_better_for_it() -> None:
    """Saying `UNK` and its name is a code of the same text: of even chances, the dearer one."""
    less = characters_of(["abcd"])

    def score(tokenizer: CharacterTokenizer) -> float:
        even = math.log(len(tokenizer.vocabulary))
        return character_score(
            lambda some: [np.full(len(ids) - 1, even) for ids in some],
            [np.array(tokenizer.encode("abcdefgh"))], tokenizer, 8,
        ).nats  # fmt: skip

    assert score(less) > score(TOKENIZER)


def test_nothing_to_score_is_refused(model: Decoder) -> None:
    with pytest.raises(ValueError, match="no character"):
        character_score(network_nats(model), [], TOKENIZER, 8)
