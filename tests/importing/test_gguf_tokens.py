"""Tokenizers out of GGUF metadata: the same ids as the tokenizers they were made of."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from muse.importing.gguf_tokens import PRE_TYPES, build_tokenizer
from muse.tokens.language import LanguageTokenizer
from muse.works.base import WishError

from .making import CORPUS, SPECIAL, TEXTS, byte_level_metadata, byte_level_tokenizer

WRITTEN = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \n\r\t059½é海'sS▁"))
PATH = Path("tiny.gguf")


def built(metadata: dict[str, Any]) -> LanguageTokenizer:
    size = len(metadata["tokenizer.ggml.tokens"])
    return LanguageTokenizer(build_tokenizer(metadata, PATH), size)


@pytest.fixture(scope="module", params=["gpt-2", "smollm", "llama-bpe", "qwen2"])
def pair(request: pytest.FixtureRequest) -> tuple[Tokenizer, LanguageTokenizer]:
    """A trained byte-level tokenizer, and what came of it through GGUF's metadata."""
    trained = byte_level_tokenizer(request.param)
    found = built(byte_level_metadata(trained, request.param))
    trained.encode_special_tokens = True
    return trained, found


def test_byte_level_ids_are_the_same(pair: tuple[Tokenizer, LanguageTokenizer]) -> None:
    trained, found = pair
    for text in TEXTS:
        assert found.encode(text) == trained.encode(text).ids
        assert found.decode(found.encode(text)) == text


@settings(max_examples=60, deadline=None)
@given(text=WRITTEN)
def test_byte_level_ids_of_any_text(pair: tuple[Tokenizer, LanguageTokenizer], text: str) -> None:
    trained, found = pair
    ids = found.encode(text)
    assert ids == trained.encode(text).ids
    assert found.decode(ids) == trained.decode(ids)


def test_digits_stand_alone_where_the_file_says_so() -> None:
    """All hold the piece `19`; it comes of `1984` only where digits may stand together."""
    trained = byte_level_tokenizer("gpt-2", 420)
    metadata = byte_level_metadata(trained)
    metadata["tokenizer.ggml.merges"].insert(0, "1 9")
    metadata["tokenizer.ggml.tokens"].append("19")
    metadata["tokenizer.ggml.token_type"].append(1)
    spelled = {}
    for pre in ("gpt-2", "smollm", "llama-bpe", "qwen2", "tekken"):
        found = built(metadata | {"tokenizer.ggml.pre": pre})
        spelled[pre] = [found.vocabulary.names[i] for i in found.encode("1984½")][:2]
    assert spelled["gpt-2"][0] == spelled["llama-bpe"][0] == "19"
    assert spelled["smollm"] == spelled["qwen2"] == spelled["tekken"] == ["1", "9"]


def test_whole_words_are_taken_before_merges_where_llama3_does() -> None:
    """`ignore_merges`: a word that is a piece needs no merge that leads to it."""
    metadata = byte_level_metadata(byte_level_tokenizer())
    metadata["tokenizer.ggml.tokens"].append("zyx")
    metadata["tokenizer.ggml.token_type"].append(1)
    for pre in PRE_TYPES:
        found = built(metadata | {"tokenizer.ggml.pre": pre})
        whole = found.encode("zyx") == [len(found) - 1]
        assert whole == (pre in ("llama-bpe", "llama3", "llama-v3", "falcon3", "tekken"))
        assert found.decode(found.encode("zyx")) == "zyx"


def test_added_words_are_whole_and_control_tokens_silent() -> None:
    metadata = byte_level_metadata(byte_level_tokenizer())
    metadata["tokenizer.ggml.tokens"] += ["<think>", "[PAD401]"]
    metadata["tokenizer.ggml.token_type"] += [4, 5]
    found = built(metadata)
    think = found.vocabulary["<think>"]
    assert found.encode("a<think>b")[1] == think and found.pieces[think] == b"<think>"
    assert found.silent == {found.vocabulary[SPECIAL]}
    assert found.vocabulary[SPECIAL] not in found.encode(SPECIAL), "a text cannot end itself"
    assert found.decode(found.encode(SPECIAL)) == SPECIAL


def test_bos_stands_first_where_the_file_says_so() -> None:
    metadata = byte_level_metadata(byte_level_tokenizer())
    assert built(metadata).opening == ()
    for changes in ({"tokenizer.ggml.add_bos_token": True},
                    {"tokenizer.ggml.add_bos_token": None, "tokenizer.ggml.pre": "llama-bpe"}):  # fmt: skip
        told = {name: value for name, value in (metadata | changes).items() if value is not None}
        found = built(told)
        assert found.opening == (0,) and 0 not in found.encode("the sea")
    assert built(metadata | {"tokenizer.ggml.pre": "llama-bpe"}).opening == ()


def test_equals_what_transformers_makes_of_the_file(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    from .making import tiny_gguf

    for pre in ("gpt-2", "llama-bpe"):
        tiny_gguf(tmp_path / f"{pre}.gguf", pre=pre)
        theirs = AutoTokenizer.from_pretrained(tmp_path, gguf_file=f"{pre}.gguf")
        found = built(byte_level_metadata(byte_level_tokenizer(pre), pre))
        for text in TEXTS[:-1]:
            assert found.encode(text) == theirs(text, add_special_tokens=False)["input_ids"]


# SentencePiece --------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[True, False], ids=["blank first", "as it stands"])
def sentencepiece(request: pytest.FixtureRequest) -> Iterator[tuple[Any, LanguageTokenizer]]:
    """A byte-pair model trained by SentencePiece, and what came of it through GGUF's metadata."""
    library = pytest.importorskip("sentencepiece")
    out = io.BytesIO()
    library.SentencePieceTrainer.train(
        sentence_iterator=iter("\n".join(CORPUS).split("\n")), model_writer=out, model_type="bpe",
        vocab_size=480, byte_fallback=True, character_coverage=0.98, minloglevel=2,
        normalization_rule_name="identity", remove_extra_whitespaces=False,
        add_dummy_prefix=request.param,
    )  # fmt: skip
    model = library.SentencePieceProcessor(model_proto=out.getvalue())
    ids = range(model.get_piece_size())
    kinds = [2 if model.is_unknown(i) else 3 if model.is_control(i) else 6 if model.is_byte(i) else 1
             for i in ids]  # fmt: skip
    yield model, built({
        "tokenizer.ggml.model": "llama", "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": [model.id_to_piece(i) for i in ids],
        "tokenizer.ggml.scores": [model.get_score(i) for i in ids],
        "tokenizer.ggml.token_type": kinds, "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.add_space_prefix": request.param,
    })  # fmt: skip


def test_sentencepiece_ids_are_the_same(sentencepiece: tuple[Any, LanguageTokenizer]) -> None:
    model, found = sentencepiece
    for text in TEXTS:
        assert found.encode(text) == model.encode(text)
        assert found.decode(found.encode(text)) == text
    assert any(model.is_byte(i) for i in found.encode("".join(TEXTS))), "bytes stand in"
    assert found.opening == (1,) and found.pieces[1] == b""


@settings(max_examples=60, deadline=None)
@given(text=WRITTEN.filter(lambda text: "\0" not in text))
def test_sentencepiece_ids_of_any_text(
    sentencepiece: tuple[Any, LanguageTokenizer], text: str
) -> None:
    model, found = sentencepiece
    ids = found.encode(text)
    assert ids == model.encode(text)
    # U+2581 is how these tokenizers spell a blank, so a text's own comes back as one.
    assert found.decode(ids) == text.replace("▁", " ")


# What is refused ------------------------------------------------------------------------------

KEY = "tokenizer.ggml."
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no tokenizer": ({f"{KEY}model": None}, "tokenizer.ggml.model is 'None'; Muse takes gpt2 and"),
    "word pieces": ({f"{KEY}model": "bert"}, "tokenizer.ggml.model is 'bert'"),
    "an old file": ({f"{KEY}pre": None}, "tokenizer.ggml.pre is 'None'; Muse knows gpt-2, smollm"),
    "another cut": ({f"{KEY}pre": "viking"}, "tokenizer.ggml.pre is 'viking'"),
    "no tokens": ({f"{KEY}tokens": None}, "tokens is missing or no list of str"),
    "numbers for tokens": ({f"{KEY}tokens": [1, 2]}, "tokens is missing or no list of str"),
    "a token twice": (
        {f"{KEY}tokens": ["a", "a"], f"{KEY}token_type": [1, 1]}, "names a token twice"
    ),
    "an empty token": ({f"{KEY}tokens": ["a", ""], f"{KEY}token_type": [1, 1]}, "an empty one"),
    "too few types": ({f"{KEY}token_type": [1, 1]}, "token_type has 2 values for 400 tokens"),
    "no merges": ({f"{KEY}merges": None}, "merges is missing"),
    "merges of nothing": ({f"{KEY}merges": ["ab"]}, "its tokens make no tokenizer"),
    "merges of strangers": ({f"{KEY}merges": ["qqq zzz"]}, "its tokens make no tokenizer"),
    "no scores": ({f"{KEY}model": "llama"}, "scores is missing or no list of float"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=WRONG)
def test_other_tokenizers_are_refused_by_name(changes: dict[str, Any], words: str) -> None:
    told = byte_level_metadata(byte_level_tokenizer()) | changes
    with pytest.raises(WishError, match=words) as raised:
        build_tokenizer({name: value for name, value in told.items() if value is not None}, PATH)
    assert "tiny.gguf" in str(raised.value) and "\n" not in str(raised.value)


def test_what_is_written_is_a_tokenizer_json() -> None:
    source = build_tokenizer(byte_level_metadata(byte_level_tokenizer("smollm"), "smollm"), PATH)
    cuts = json.loads(source)["pre_tokenizer"]["pretokenizers"]
    assert [cut["type"] for cut in cuts] == ["Digits", "ByteLevel"]
    assert cuts[0]["individual_digits"] is True
