"""What a cover shows: words of the work that the painter knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from muse.tokens.captions import words_of
from muse.works.base import WishError, Work

MOST = 3
"""Words of a cover's phrase."""

_COMMON = frozenset(
    [
        "that",
        "this",
        "with",
        "from",
        "have",
        "were",
        "when",
        "what",
        "they",
        "them",
        "then",
        "than",
        "will",
        "shall",
        "their",
        "there",
        "your",
        "upon",
        "into",
        "some",
        "more",
        "most",
        "only",
        "over",
        "such",
        "like",
        "would",
        "could",
        "should",
        "ever",
        "never",
        "little",
        "great",
        "good",
        "人",
        "不",
        "一",
        "有",
        "无",
        "来",
        "去",
        "上",
        "下",
        "中",
        "自",
        "何",
        "此",
        "相",
        "为",
        "与",
        "得",
        "在",
        "是",
        "我",
        "你",
        "他",
        "大",
        "小",
    ]
)


def cover_words(work: Work, known: Sequence[str]) -> str:
    """A phrase for the cover of a work: from its theme, its title, or its most frequent words.

    Args:
        work: a poem, a script, a story or a score.
        known: words that the painter knows.

    Raises:
        WishError: if it knows none of them.
    """
    words = set(known)
    told = [str(getattr(work, name, "") or "") for name in ("theme", "setting", "title", "style")]
    for text in told:
        found = [word for word in words_of(text) if word in words and word not in _COMMON]
        if found:
            return " ".join(dict.fromkeys(found[:MOST]))
    counted = Counter(
        word
        for word in words_of(str(getattr(work, "text", "")))
        if word in words and word not in _COMMON and (len(word) > 3 or not word.isascii())
    )
    if not counted:
        raise WishError('the painter knows no word of this work; say --words "a ship"')
    return " ".join(word for word, _ in counted.most_common(MOST))
