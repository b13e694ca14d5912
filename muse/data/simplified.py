"""Traditional Chinese characters as simplified ones, by OpenCC."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from muse.works.base import WishError


@lru_cache(maxsize=1)
def simplifier() -> Callable[[str], str]:
    """What makes the characters of a text simple. Raises WishError if opencc is not installed."""
    try:
        from opencc import OpenCC
    except ImportError as error:
        raise WishError("Chinese data needs opencc: pip install 'muse-engine[data]'") from error
    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert
