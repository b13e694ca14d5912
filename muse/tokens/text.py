"""Pieces of text: a SentencePiece model whose control symbols are the tags of verse and scripts.

A tag such as `Form_sonnet` or `Left_3` is a control symbol: no text that anyone writes can spell it.
Bytes stand in for what the pieces do not cover, so every text can be said, and every list of ids is
some text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from muse.tokens.base import Vocabulary
from muse.works.base import WishError, read_whole

LARGEST_MODEL_BYTES = 4_000_000


class TextPieces:
    """A trained SentencePiece model.

    Args:
        model: the serialised model.
        origin: what to call it in an error.

    Raises:
        WishError: if it is no SentencePiece model, or lacks PAD, BOS, EOS and UNK.
    """

    def __init__(self, model: bytes, origin: str = "the tokenizer") -> None:
        from sentencepiece import SentencePieceProcessor

        if not 0 < len(model) <= LARGEST_MODEL_BYTES:
            raise WishError(f"{origin} is no SentencePiece model: it has {len(model)} bytes")
        self.model = model
        try:
            self._processor: Any = SentencePieceProcessor(model_proto=model)
        except RuntimeError as error:
            raise WishError(f"{origin} is no SentencePiece model") from error
        count = self._processor.get_piece_size()
        names = tuple(self._processor.id_to_piece(i) for i in range(count))
        if names[:4] != ("PAD", "BOS", "EOS", "UNK"):
            raise WishError(
                f"{origin} was not trained by Muse: it does not begin with PAD BOS EOS UNK"
            )
        self.vocabulary = Vocabulary(names)

    def __len__(self) -> int:
        return len(self.vocabulary)

    def __getitem__(self, name: str) -> int:
        """The id of a tag or a piece. Raises KeyError."""
        return self.vocabulary[name]

    @cached_property
    def tags(self) -> frozenset[int]:
        """The ids that are no text: PAD, BOS, EOS, UNK and all tags."""
        return frozenset(
            i
            for i in range(len(self))
            if self._processor.is_control(i) or self._processor.is_unknown(i)
        )

    def encode(self, text: str) -> list[int]:
        """The ids of a text; tags cannot come of it."""
        return self._processor.encode(text)

    def encode_each(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each of many texts, faster than one by one."""
        return self._processor.encode(list(texts))

    def decode(self, ids: Iterable[int]) -> str:
        """The text of any ids; tags and ids out of range are passed over."""
        size, tags = len(self), self.tags
        return self._processor.decode([i for i in ids if 0 <= i < size and i not in tags])


def train_pieces(
    lines: Iterable[str],
    tags: Sequence[str],
    *,
    size: int,
    kind: str = "unigram",
    characters: Sequence[str] = (),
) -> bytes:
    """Train a SentencePiece model on lines of text.

    Args:
        lines: normalised text; SentencePiece normalises nothing more.
        tags: names of control symbols, in the order of their ids.
        size: most pieces, tags and 256 bytes included.
        kind: "unigram", or "char" for one character a piece.
        characters: which must be pieces.

    Returns:
        The serialised model.
    """
    from sentencepiece import SentencePieceTrainer

    out = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=_iterated(lines), model_writer=out, model_type=kind, vocab_size=size,
        control_symbols=list(tags), byte_fallback=True, character_coverage=1.0,
        required_chars="".join(characters), hard_vocab_limit=kind != "char",
        pad_id=0, bos_id=1, eos_id=2, unk_id=3,
        pad_piece="PAD", bos_piece="BOS", eos_piece="EOS", unk_piece="UNK",
        normalization_rule_name="identity", add_dummy_prefix=kind != "char",
        remove_extra_whitespaces=False, split_digits=True, num_threads=2, minloglevel=2,
    )  # fmt: skip
    return out.getvalue()


def _iterated(lines: Iterable[str]) -> Iterator[str]:
    yield from lines


def load_pieces(path: Path) -> TextPieces:
    """Read a model from a file. Raises WishError."""
    return TextPieces(read_whole(path, LARGEST_MODEL_BYTES), str(path))
