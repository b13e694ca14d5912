"""Text and ids of a language model that was trained elsewhere, by its own `tokenizer.json`.

The pieces of such a model are bytes, not letters: one Chinese character may take three of them. So
`pieces` says which bytes each id writes. A grammar can follow a text by them id by id, and a stream
can hold back half a character.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from muse.tokens.base import Vocabulary
from muse.works.base import WishError, read_whole

LARGEST_TOKENIZER_BYTES = 64_000_000
"""Of a `tokenizer.json`; those of 260,000 pieces have about 35 MB."""

BLANK = "▁"
"""How SentencePiece spells a blank."""


class LanguageTokenizer:
    """A tokenizer of the library `tokenizers`. Implements the protocol `Tokenizer[str]`.

    Args:
        source: the text of a `tokenizer.json`.
        size: how many ids the network scores; ids that the tokenizer has no name for write nothing.
        origin: what to call it in an error.

    Attributes:
        source: as above.
        vocabulary: the names of all ids, as the file spells them.
        pieces: the bytes that each id writes; of a control token or an unused id, none.
        silent: the ids that write nothing: control tokens such as `<|endoftext|>`, unused ids.
        opening: the ids that this model wants before every text; `encode` does not put them there.

    Raises:
        WishError: if it is no tokenizer, has ids from `size` on, or writes text in a way that no
            single id can be told the bytes of.
    """

    def __init__(self, source: str, size: int, origin: str = "tokenizer.json") -> None:
        self._tokenizer = _parse(source, origin)
        self.source = source
        places = self._tokenizer.get_vocab(with_added_tokens=True)
        highest = max(places, key=places.__getitem__, default=None)
        if highest is None or places[highest] >= size:
            raise WishError(
                f"{origin} has the token {str(highest)[:40]!r} beyond the {size} ids that the "
                "network scores: it is of another model"
            )
        found = [self._tokenizer.id_to_token(id) for id in range(size)]
        try:
            self.vocabulary = Vocabulary(
                tuple(f"[unused {i}]" if name is None else name for i, name in enumerate(found))
            )
        except ValueError as error:
            raise WishError(f"{origin}: {error}") from error
        spelling = _spelling(self._tokenizer.decoder, origin)
        self._blank_first = spelling.blank_first
        added = self._tokenizer.get_added_tokens_decoder()
        silent = {id for id, name in enumerate(found) if name is None}
        silent |= {id for id, token in added.items() if token.special}
        unknown = getattr(self._tokenizer.model, "unk_token", None)
        if unknown is not None and unknown in places:
            silent.add(places[unknown])
        self.silent = frozenset(silent)
        self.pieces = tuple(
            b"" if id in silent
            else name.encode() if id in added and spelling.byte_level
            else spelling.bytes_of(name)
            for id, name in enumerate(self.vocabulary.names)
        )  # fmt: skip
        marked = self._tokenizer.encode("a")
        start = next((i for i, mark in enumerate(marked.special_tokens_mask) if not mark), 0)
        self.opening = tuple(marked.ids[:start])

    def __len__(self) -> int:
        return len(self.vocabulary)

    def encode(self, work: str) -> list[int]:
        """The ids of a text; control tokens cannot come of it, whatever it says. Raises WishError."""
        try:
            return self._tokenizer.encode(work, add_special_tokens=False).ids
        except Exception as error:  # the library raises bare Exception
            raise WishError(f"a text that the tokenizer cannot say: {error}") from error

    def encode_each(self, works: Sequence[str]) -> list[list[int]]:
        """The ids of each of many texts, faster than one by one. Raises WishError."""
        try:
            found = self._tokenizer.encode_batch_fast(list(works), add_special_tokens=False)
        except Exception as error:  # the library raises bare Exception
            raise WishError(f"a text that the tokenizer cannot say: {error}") from error
        return [each.ids for each in found]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of any ids: halves of characters become U+FFFD, ids out of range nothing."""
        count = len(self.pieces)
        text = b"".join(self.pieces[i] for i in ids if 0 <= i < count).decode("utf-8", "replace")
        return text[1:] if self._blank_first and text.startswith(" ") else text


def load_language_tokenizer(path: Path, size: int) -> LanguageTokenizer:
    """Read a `tokenizer.json` for a network that scores `size` ids. Raises WishError."""
    try:
        source = read_whole(path, LARGEST_TOKENIZER_BYTES).decode("utf-8")
        return LanguageTokenizer(source, size, str(path))
    except UnicodeDecodeError as error:
        raise WishError(f"cannot read {path}: {error}") from error


def tokenizers_library() -> Any:
    """The package `tokenizers`. Raises WishError if it is not installed."""
    try:
        return import_module("tokenizers")
    except ImportError as error:
        raise WishError("language models need: pip install 'muse-engine[import]'") from error


def _parse(source: str, origin: str) -> Any:
    library = tokenizers_library()
    try:
        tokenizer = library.Tokenizer.from_str(source)
        # A file could ask for every text to be padded to any length.
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True
        tokenizer.encode("a")
    except Exception as error:  # the library raises bare Exception
        raise WishError(f"{origin} is no tokenizer: {str(error)[:200]}") from error
    return tokenizer


@dataclass(frozen=True)
class _Spelling:
    """How the names of pieces spell bytes.

    Attributes:
        byte_level: in GPT-2's letters; otherwise blanks stand as U+2581.
        byte_fallback: `<0x0A>` stands for the byte 10.
        blank_first: a blank was put before every text.
    """

    byte_level: bool = False
    byte_fallback: bool = False
    blank_first: bool = False

    def bytes_of(self, name: str) -> bytes:
        """What a piece writes."""
        if self.byte_level:
            letters = byte_letters()
            known = all(letter in letters for letter in name)
            return bytes(letters[letter] for letter in name) if known else name.encode()
        if self.byte_fallback and re.fullmatch(r"<0x[0-9A-Fa-f]{2}>", name):
            return bytes([int(name[3:5], 16)])
        return name.replace(BLANK, " ").encode()


REPLACE_BLANKS = {"type": "Replace", "pattern": {"String": BLANK}, "content": " "}
STRIP_FIRST = {"type": "Strip", "content": " ", "start": 1, "stop": 0}


def _spelling(decoder: Any, origin: str) -> _Spelling:
    """How a tokenizer's decoder reads its pieces. Raises WishError."""
    steps = [json.loads(decoder.__getstate__())] if decoder is not None else []
    if steps and steps[0].get("type") == "Sequence":
        steps = steps[0]["decoders"]
    kinds = [step.get("type") for step in steps]
    if kinds == ["ByteLevel"]:
        return _Spelling(byte_level=True)
    plain = [step for step in steps if step["type"] not in ("ByteFallback", "Fuse", "Metaspace")]
    if ("Metaspace" in kinds or REPLACE_BLANKS in plain) and all(
        step in (REPLACE_BLANKS, STRIP_FIRST) for step in plain
    ):
        spaced = [step.get("prepend_scheme") for step in steps if step["type"] == "Metaspace"]
        blank_first = STRIP_FIRST in plain or any(scheme != "never" for scheme in spaced)
        return _Spelling(byte_fallback="ByteFallback" in kinds, blank_first=blank_first)
    raise WishError(
        f"{origin}: its decoder is {', '.join(map(str, kinds)) or 'missing'}; Muse takes byte-level "
        "tokenizers (ByteLevel) and SentencePiece's (Metaspace, or Replace and ByteFallback)"
    )


@cache
def byte_letters() -> dict[str, int]:
    """The letters that stand for the 256 bytes in byte-level pieces (Radford et al. 2019, GPT-2)."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {chr(byte): byte for byte in printed}
    others = [byte for byte in range(256) if byte not in set(printed)]
    return letters | {chr(256 + place): byte for place, byte in enumerate(others)}
