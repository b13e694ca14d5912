"""How a bundle that was imported writes English: its tokenizer's words, and its end of text."""

from __future__ import annotations

from functools import lru_cache

from muse.bundle import Bundle
from muse.tokens.language import LanguageTokenizer
from muse.tokens.language_text import LanguageText
from muse.works.base import WishError


def language_text(bundle: Bundle) -> LanguageText:
    """The words and marks of an imported language model.

    Raises:
        WishError: if the bundle has no tokenizer, or its tokens cannot write verse.
    """
    if bundle.tokenizer is None:
        raise WishError(f"{bundle.name} has no tokenizer of its own: it is no language model")
    end = bundle.sampling.get("eos_token_id")
    if isinstance(end, list):
        end = end[0] if end else None
    known = isinstance(end, int) and 0 <= end < len(bundle.tokenizer)
    try:
        return _text_of(bundle.tokenizer, end if known else None)
    except WishError as error:
        raise WishError(f"{bundle.name}: {error}") from error


@lru_cache(maxsize=4)
def _text_of(tokenizer: LanguageTokenizer, end: int | None) -> LanguageText:
    """One for each tokenizer, so that its tables of words are made once."""
    return LanguageText(tokenizer, end)
