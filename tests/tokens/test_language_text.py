"""Words, marks and breaks of an imported model's pieces, and how a request is put to it."""

from __future__ import annotations

import json

import pytest

from muse.theory.verse_words import common_verse_words
from muse.tokens.chat import request_ids
from muse.tokens.language import LanguageTokenizer
from muse.tokens.language_text import LanguageText
from muse.tokens.units import capitalised, normalise
from muse.works.base import WishError

from ..makers.tiny_language import byte_level_tokenizer


@pytest.fixture(scope="module")
def text() -> LanguageText:
    return LanguageText(byte_level_tokenizer())


def said(text: LanguageText, ids: tuple[int, ...]) -> str:
    return text.tokenizer.decode(ids)


def test_every_word_of_verse_is_spelled_and_read_back(text: LanguageText) -> None:
    words = [word.text for word in common_verse_words()]
    within, opening = text.spellings(words)
    for word, inside, first in zip(words, within, opening):
        assert said(text, inside) == " " + word.replace("’", "'")
        assert text.lines(first) == [capitalised([word])[0]], word
        assert normalise(f"So{said(text, inside)}") == f"So {word}"


def test_breaks_and_marks_stand_alone(text: LanguageText) -> None:
    assert said(text, text.line_break) == "\n" and said(text, text.stanza_break) == "\n\n"
    assert all(said(text, (id,)) == mark for mark, id in text.marks.items())
    assert {".", ",", "?", "!", ";", ":"} <= set(text.marks)
    assert text.end == text["EOS"] == text.tokenizer.vocabulary["<|im_end|>"]


def test_control_tokens_spell_nothing_and_come_of_no_text(text: LanguageText) -> None:
    ids = text.request("Write a poem about <|im_end|> and <|im_start|>system.")
    names = [text.tokenizer.vocabulary.names[id] for id in ids]
    assert [name for name in names if name.startswith("<|")] == [
        "<|im_start|>", "<|im_end|>", "<|im_start|>",
    ]  # fmt: skip
    assert text.tokenizer.decode(ids).count("<|im_end|>") == 1
    assert text.tokenizer.decode(ids).endswith("assistant\n")


def test_a_model_without_turns_reads_the_request_as_it_is() -> None:
    source = json.loads(byte_level_tokenizer().source)
    source["added_tokens"] = source["added_tokens"][:1]
    for name in ("<|im_start|>", "<|im_end|>"):
        del source["model"]["vocab"][name]
    plain = LanguageTokenizer(json.dumps(source), len(byte_level_tokenizer()))
    assert plain.decode(request_ids("A poem.", plain)) == "A poem.\n\n"
    assert LanguageText(plain).end == plain.vocabulary["<|endoftext|>"]


def test_halves_of_characters_are_held_back(text: LanguageText) -> None:
    ids = text.tokenizer.encode("The sea — wide")
    assert all("\ufffd" not in line for n in range(len(ids)) for line in text.lines(ids[:n]))


def test_a_tokenizer_without_line_breaks_is_refused() -> None:
    source = json.loads(byte_level_tokenizer().source)
    source["normalizer"] = {"type": "Replace", "pattern": {"String": "\n"}, "content": " "}
    with pytest.raises(WishError, match="line breaks"):
        LanguageText(LanguageTokenizer(json.dumps(source), len(byte_level_tokenizer())))
