"""Characters as tokens: round trips, any ids decode, files of strangers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muse.tokens.base import Vocabulary
from muse.tokens.characters import (
    MARKS,
    UNICODE_CHARACTERS,
    UNKNOWN_SHOWN,
    CharacterTokenizer,
    characters_of,
    load_characters,
    save_characters,
)
from muse.works.base import WishError

TOKENIZER = characters_of(["to be, or not\n", "春江花月夜。"])
KNOWN = TOKENIZER.vocabulary.names[len(MARKS) :]


@given(st.text(alphabet=st.sampled_from(KNOWN)))
def test_known_texts_come_back(text: str) -> None:
    ids = TOKENIZER.encode(text)
    assert ids[0] == TOKENIZER.vocabulary["BOS"] and len(ids) == len(text) + 1
    assert min(ids[1:], default=99) >= len(MARKS)
    assert TOKENIZER.decode(ids) == text


@given(st.text())
def test_unknown_characters_are_shown_as_unknown(text: str) -> None:
    shown = TOKENIZER.decode(TOKENIZER.encode(text, "Other"))
    assert shown == "".join(c if c in KNOWN else UNKNOWN_SHOWN for c in text)


@given(st.lists(st.integers(-5, len(TOKENIZER.vocabulary) + 5)))
def test_any_ids_decode(ids: list[int]) -> None:
    text = TOKENIZER.decode(ids)
    assert set(text) <= {*KNOWN, UNKNOWN_SHOWN}
    assert len(text) == sum(2 <= i < len(TOKENIZER.vocabulary) and i != 3 for i in ids)


def test_characters_are_those_of_the_texts_in_the_order_of_unicode() -> None:
    assert characters_of(["ba", "abc"]).vocabulary.names == (*MARKS, "a", "b", "c")
    assert characters_of(["ba", "abc"], fewest=2).vocabulary.names == (*MARKS, "a", "b")
    assert TOKENIZER.vocabulary["PAD"] == 0, "what fills a row and the n-gram's contexts"


def test_naming_an_unknown_character_chooses_among_all_others() -> None:
    assert TOKENIZER.unknown_nats == pytest.approx(math.log(UNICODE_CHARACTERS - len(KNOWN)))


def test_files_come_back(tmp_path: Path) -> None:
    path = tmp_path / "shards" / "characters.json"
    save_characters(TOKENIZER, path)
    assert load_characters(path) == TOKENIZER
    assert json.loads(path.read_text()) == "".join(KNOWN)


@pytest.mark.parametrize(
    "content",
    ["", "{}", '["a"]', '"aa"', '"' + "a" * 2_000_000, '"\\ud800"', "null"],
    ids=["nothing", "object", "list", "twice", "huge", "surrogate", "null"],
)
def test_what_is_no_list_of_characters_is_told_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "characters.json"
    path.write_text(content)
    with pytest.raises(WishError, match=r"characters.json.*prepare the data") as caught:
        load_characters(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(WishError, match="prepare the data"):
        load_characters(tmp_path / "nowhere.json")


def test_vocabularies_of_other_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="PAD BOS UNK Other"):
        CharacterTokenizer(Vocabulary(("a", "b")))
    with pytest.raises(ValueError, match="then characters"):
        CharacterTokenizer(Vocabulary((*MARKS, "ab")))
    with pytest.raises(ValueError, match="more than 60000"):
        CharacterTokenizer(Vocabulary((*MARKS, *map(chr, range(0x10000, 0x20000)))))
