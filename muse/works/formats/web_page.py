"""Web pages of poems, stories and scripts: `.html`, and `.vertical.html` in columns. Only written."""

from __future__ import annotations

from muse.works.base import WishError, Work
from muse.works.pages import page


def encode(work: Work, suffix: str) -> bytes:
    """The page as UTF-8. Raises WishError for another suffix."""
    if suffix not in (".html", ".vertical.html"):
        raise WishError(f"no web page {suffix!r}; use .html or .vertical.html")
    return page(work, vertical=suffix == ".vertical.html").encode()
