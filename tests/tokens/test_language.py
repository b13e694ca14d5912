"""Tokenizers of language models: text and ids, byte by byte, and hostile files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

from muse.tokens.language import LanguageTokenizer, byte_letters, load_language_tokenizer
from muse.works.base import WishError

CONTROL = "<|end|>"
MERGES = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("æ", "µ")]


def byte_level() -> Tokenizer:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    names = [*letters, *("".join(pair) for pair in MERGES)]
    tokenizer = Tokenizer(models.BPE({name: i for i, name in enumerate(names)}, MERGES))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(CONTROL, special=True, normalized=False)])
    tokenizer.add_tokens([AddedToken("<think>", special=False, normalized=False)])
    return tokenizer


def sentencepiece() -> Tokenizer:
    """As the tokenizers of Llama 2 are written."""
    names = [
        "<unk>",
        "<s>",
        "</s>",
        *(f"<0x{byte:02X}>" for byte in range(256)),
        "▁",
        "t",
        "h",
        "e",
    ]
    merges = [("t", "h"), ("th", "e"), ("▁", "the")]
    names += ["".join(pair) for pair in merges]
    tokenizer = Tokenizer(
        models.BPE({name: i for i, name in enumerate(names)}, merges, unk_token="<unk>",
                   fuse_unk=True, byte_fallback=True)
    )  # fmt: skip
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
         decoders.Strip(" ", 1, 0)]
    )  # fmt: skip
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return tokenizer


def read(tokenizer: Tokenizer, spare: int = 0) -> LanguageTokenizer:
    return LanguageTokenizer(tokenizer.to_str(), tokenizer.get_vocab_size() + spare)


KINDS = {"byte level": byte_level, "sentencepiece": sentencepiece}
BOTH = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="▁")


@BOTH
@settings(max_examples=80, deadline=None)
@given(text=st.text(CHARACTERS | st.sampled_from("the <|end|>\n海🎼")))
def test_any_text_comes_back(make: Any, text: str) -> None:
    found = read(make())
    ids = found.encode(text)
    assert found.decode(ids) == text
    assert not set(ids) & found.silent, "a text never says a control token"


@BOTH
@settings(max_examples=80, deadline=None)
@given(ids=st.lists(st.integers(-3, 300) | st.integers()))
def test_any_ids_are_some_text(make: Any, ids: list[int]) -> None:
    found, theirs = read(make(), spare=5), make()
    text = found.decode(ids)
    assert isinstance(text, str)
    size = theirs.get_vocab_size()
    if make is byte_level:
        assert text == theirs.decode([i for i in ids if 0 <= i < size])
    whole = b"".join(found.pieces[i] for i in ids if 0 <= i < len(found))
    assert text == whole.decode("utf-8", "replace").removeprefix(" " * (make is sentencepiece))


@BOTH
def test_pieces_are_the_bytes_of_each_id(make: Any) -> None:
    found = read(make(), spare=2)
    names = found.vocabulary
    assert len(found) == len(found.pieces) == len(names)
    assert names.names[-2:] == (f"[unused {len(found) - 2}]", f"[unused {len(found) - 1}]")
    assert {len(found) - 2, len(found) - 1} < found.silent
    assert all(found.pieces[i] == b"" for i in found.silent)
    assert all(found.pieces[i] for i in range(len(found)) if i not in found.silent)
    blank = "Ġthe" if make is byte_level else "▁the"
    assert found.pieces[names[blank]] == b" the"
    if make is byte_level:
        assert found.pieces[names["æµ"]] == "海".encode()[:2]
        assert found.pieces[names["<think>"]] == b"<think>"
        assert names[CONTROL] in found.silent
    else:
        assert found.pieces[names["<0x0A>"]] == b"\n"
        assert {0, 1, 2} < found.silent


def test_half_a_character_is_held_back_by_its_bytes() -> None:
    found = read(byte_level())
    ids = found.encode("海")
    assert [found.pieces[i] for i in ids] == ["海".encode()[:2], "海".encode()[2:]]
    assert (found.decode(ids[:1]), found.decode(ids)) == ("�", "海")


def test_the_letters_for_bytes_are_gpt2s() -> None:
    assert set(byte_letters()) == set(pre_tokenizers.ByteLevel.alphabet())
    assert sorted(byte_letters().values()) == list(range(256))


@pytest.mark.parametrize("end", ["", " </s>"])
def test_opening_is_what_stands_before_a_text(end: str) -> None:
    from tokenizers.processors import TemplateProcessing

    tokenizer = sentencepiece()
    assert read(tokenizer).opening == ()
    tokenizer.post_processor = TemplateProcessing(
        single=f"<s> $A{end}", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    assert read(tokenizer).opening == (1,)


def test_metaspace_as_newer_files_write_it() -> None:
    tokenizer = sentencepiece()
    tokenizer.normalizer = normalizers.Sequence([])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    found = read(tokenizer)
    for text in ("the", "the the\n海", "the  the"):
        assert found.decode(found.encode(text)) == text
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    assert read(tokenizer).decode([found.vocabulary["▁the"]] * 2) == "the the"
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="never")
    assert read(tokenizer).decode([found.vocabulary["▁the"]] * 2) == " the the"


def changed(**changes: Any) -> str:
    return json.dumps(json.loads(byte_level().to_str()) | changes)


def far_token() -> str:
    table = json.loads(byte_level().to_str())
    table["model"]["vocab"]["the"] = 2**31
    return json.dumps(table)


WRONG: dict[str, tuple[str, str]] = {
    "nothing": ("", "is no tokenizer"),
    "no table": ("[1]", "is no tokenizer"),
    "no model": (changed(model=None), "is no tokenizer"),
    "a pickle": ("\x80\x04.", "is no tokenizer"),
    "a token far away": (far_token(), "has the token 'the' beyond the 262 ids"),
    "no decoder": (changed(decoder=None), "its decoder is missing"),
    "word pieces": (
        changed(decoder={"type": "WordPiece", "prefix": "##", "cleanup": True}), "is WordPiece; Muse"
    ),
    "other replacements": (
        changed(decoder={"type": "Replace", "pattern": {"String": "a"}, "content": "b"}), "is Replace"
    ),
    "nested JSON": ("[" * 100_000, "is no tokenizer"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "words"), WRONG.values(), ids=WRONG)
def test_other_tokenizers_are_refused(tmp_path: Path, source: str, words: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(source.encode("latin-1" if source.startswith("\x80") else "utf-8"))
    with pytest.raises(WishError, match=words if source[:1] != "\x80" else "cannot read") as raised:
        load_language_tokenizer(path, 262)
    assert "\n" not in str(raised.value) and "tokenizer.json" in str(raised.value)


def test_of_another_network_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(byte_level().to_str())
    with pytest.raises(WishError, match=r"t.json has the token '<think>' beyond the 200 ids"):
        load_language_tokenizer(tmp_path / "t.json", 200)
    with pytest.raises(WishError, match=r"cannot read .*none.json"):
        load_language_tokenizer(tmp_path / "none.json", 200)


def test_a_file_cannot_ask_for_endless_padding_or_cuts() -> None:
    source = changed(
        padding={"strategy": {"Fixed": 10**12}, "direction": "Right", "pad_to_multiple_of": None,
                 "pad_id": 0, "pad_type_id": 0, "pad_token": "a"},
        truncation={"direction": "Right", "max_length": 1, "strategy": "LongestFirst", "stride": 0},
    )  # fmt: skip
    found = LanguageTokenizer(source, 300)
    assert found.decode(found.encode("the sea")) == "the sea"


def test_half_a_pair_of_surrogates_is_no_text() -> None:
    with pytest.raises(WishError, match="cannot say"):
        read(byte_level()).encode("a\ud800")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.lists(st.tuples(st.floats(0, 1), st.sampled_from('{}[]",:0919enult\\u')), min_size=1)
)
def test_changed_files_are_read_or_refused(changes: list[tuple[float, str]]) -> None:
    source = list(sentencepiece().to_str())
    for share, letter in changes:
        source[int(share * (len(source) - 1))] = letter
    try:
        found = LanguageTokenizer("".join(source), 300)
        found.encode("the sea\n海")
        assert isinstance(found.decode(range(300)), str)
    except WishError as error:
        assert len(str(error)) < 400
