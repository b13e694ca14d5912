"""English text as an imported language model writes it: words, marks and line breaks by their ids.

The model's pieces hold their blanks, so a word has one spelling within a line (` sea`) and another at
its beginning (`Sea`). Each spelling is the one that the model's own tokenizer gives: other ways to cut
a word into pieces are nothing that it has read. Apostrophes are straight, as in most of what such
models have read; the works that people hold have typographic ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from muse.theory.written_words import unwritten_names, written_words
from muse.tokens.chat import request_ids
from muse.tokens.language import LanguageTokenizer
from muse.tokens.units import capitalised, normalise, uncapitalised
from muse.works.base import WishError

ENDS = ("<|im_end|>", "<|eot_id|>", "<|end|>", "<|endoftext|>", "</s>")
"""Tokens that end a text, where the bundle names none."""

MARKS = (",", ";", ":", "—", ".", "!", "?", "…")
"""Marks that may follow a word."""

Unit = tuple[int, ...]


class LanguageText:
    """What the ids of a language model write.

    Args:
        tokenizer: the model's.
        end: the id that ends a text; None for the tokenizer's usual one.

    Attributes:
        marks: the ids of marks behind a word; those that take several ids are not there.
        line_break, stanza_break: the ids that part lines and stanzas.

    Raises:
        WishError: if the tokenizer cannot part lines, or has no id that ends a text.
    """

    holds_blanks = True
    """The first word of a text is spelled without the blank that others have before them."""

    def __init__(self, tokenizer: LanguageTokenizer, end: int | None = None) -> None:
        self.tokenizer = tokenizer
        self.end = _end(tokenizer) if end is None else end
        behind = {mark: self.behind("a", mark) for mark in MARKS}
        self.marks = {mark: ids[0] for mark, ids in behind.items() if len(ids) == 1}
        self.line_break = self._between("a", "\n", "A")
        self.stanza_break = self._between("a", "\n\n", "A")
        if not self.line_break or not self.stanza_break or not set(".,;:!?") <= set(self.marks):
            raise WishError("this model's tokens cannot write verse: no marks or line breaks alone")

    def __len__(self) -> int:
        return len(self.tokenizer)

    def __getitem__(self, name: str) -> int:
        """The id of a token; `"EOS"` is what ends a text. Raises KeyError."""
        return self.end if name == "EOS" else self.tokenizer.vocabulary[name]

    @cached_property
    def proper(self) -> frozenset[str]:
        """Words that are names."""
        return unwritten_names()

    @cached_property
    def starts(self) -> NDArray[np.bool_]:
        """Whether an id begins with a blank, (V,)."""
        return np.array([piece.startswith(b" ") for piece in self.tokenizer.pieces])

    def whole_words(self) -> Iterator[str]:
        """The words within a line that are one piece each, as they are spelled there."""
        for id, piece in enumerate(self.tokenizer.pieces):
            if piece[:1] == b" " and piece[1:].isalpha() and id not in self.tokenizer.silent:
                yield piece[1:].decode("ascii")

    def lowered(self, word: str) -> str:
        """A word without its capital, unless it is only written with one."""
        small = uncapitalised(word)
        return small if small in _small_words() else word

    def is_plain(self, ids: Unit) -> bool:
        """Whether a model that writes the first id of a word most likely goes on with the others.

        It does not where a piece of few letters begins many longer words: whoever writes ` ill`
        means ` illuminated`, and if its syllables do not fit, ends up with ` ills`.
        """
        first, *rest = (self.tokenizer.pieces[id].strip() for id in ids)
        if rest and rest[0].startswith(b"'"):
            return len(first) > 1 or first == b"I"
        return not rest or len(first) >= 5

    def spellings(self, words: Sequence[str]) -> tuple[list[Unit], list[Unit]]:
        """The ids of words within a line and at its beginning, with a capital there; none of words
        that the tokenizer cannot tell from what stands before them."""
        plain = [word.replace("’", "'") for word in words]
        first = [capitalised([word])[0] for word in plain]
        return self.within(plain), self.opening(first)

    def within(self, words: Sequence[str]) -> list[Unit]:
        """The ids of words with a blank before them; none of one that has no such spelling."""
        return self._each_behind("a", [" " + word.replace("’", "'") for word in words])

    def opening(self, words: Sequence[str]) -> list[Unit]:
        """The ids of words that begin a line, as they stand there; none of one without any."""
        return self._each_behind("a\n", [word.replace("’", "'") for word in words])

    def behind(self, before: str, text: str) -> Unit:
        """The ids of a text behind another; none if the tokenizer cannot tell the two apart."""
        return self._each_behind(before, [text])[0]

    def line_ids(self, text: str) -> list[int]:
        """The ids of a given line, behind a line break. Raises WishError if it cannot be said."""
        plain = text.strip().replace("’", "'").replace("‘", "'")
        return list(self.behind("a\n", plain)) or self.tokenizer.encode(plain)

    def request(self, text: str) -> list[int]:
        """The ids of a request, up to where the answer begins. Raises WishError."""
        return request_ids(text, self.tokenizer)

    def lines(self, ids: Sequence[int]) -> list[str]:
        """The lines of text that ids say, with typographic marks; empty lines stay.

        What may still grow is left out: a character of which a part is there.
        """
        text = self.tokenizer.decode(ids).rstrip("\ufffd")
        return [normalise(line) for line in text.split("\n")]

    def _each_behind(self, before: str, texts: Sequence[str]) -> list[Unit]:
        head = self.tokenizer.encode(before)
        pieces, size, silent = self.tokenizer.pieces, len(head), self.tokenizer.silent
        found: list[Unit] = []
        for text, ids in zip(texts, self.tokenizer.encode_each([before + text for text in texts])):
            unit = tuple(ids[size:])
            said = b"".join(pieces[id] for id in unit)
            alone = ids[:size] == head and said == text.encode() and silent.isdisjoint(unit)
            found.append(unit if alone else ())
        return found

    def _between(self, before: str, text: str, after: str) -> Unit:
        """The ids of a text between two others; none if they cannot be told apart."""
        whole, end = self.behind(before, text + after), self.tokenizer.encode(after)
        unit = whole[: len(whole) - len(end)]
        said = b"".join(self.tokenizer.pieces[id] for id in unit)
        return unit if said == text.encode() else ()


def _end(tokenizer: LanguageTokenizer) -> int:
    for name in ENDS:
        found = tokenizer.vocabulary.get(name)
        if found is not None and found in tokenizer.silent:
            return found
    if not tokenizer.silent:
        raise WishError("this model's tokens have none that ends a text")
    return min(tokenizer.silent)


@lru_cache(maxsize=1)
def _small_words() -> frozenset[str]:
    return frozenset(written_words())
