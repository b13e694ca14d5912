"""Whether a poem's theme can be told among twenty: by its words, by latent semantics, by a sentence encoder.

Conventions:
    * The themes were chosen beforehand, to be of different things, and none was left out later.
    * A recogniser gives each poem a number for each theme; the highest is what it takes for the theme.
      Of themes that tie for it each counts as its share: no theme's word found is one in twenty.
    * Chance is 1 / 20. Intervals are Wilson's (1927), 95 %.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from muse.evaluate.latent_semantics import Semantics, learned
from muse.evaluate.verse_texts import words_of
from muse.theory.prosody_en import FUNCTION_WORDS

THEMES = {
    "en": ("winter sea", "spring flowers", "war", "death", "love", "sleeping child", "moonlight",
           "city streets", "music", "birds", "prayer", "old age", "horses", "wine", "mountains",
           "rain", "kings", "mother", "harvest", "freedom"),
    "zh": ("春江", "秋月", "边塞", "送别", "思乡", "梅花", "饮酒", "山寺", "渔父", "相思", "征战", "雨夜",
           "登高", "杨柳", "风雪", "弹琴", "荷花", "田家", "宫怨", "清明"),
}  # fmt: skip
"""The twenty themes of each language."""
MOST_TEXTS = 25_000


def overlaps(texts: Sequence[str], themes: Sequence[str], language: str) -> np.ndarray:
    """The share of each theme's words (Chinese: characters) that each text has, (N, themes).

    English words are alike if their stems are: a final s, ed or ing is cut.
    """
    wanted = [set(_stems(theme, language)) for theme in themes]
    said = [set(_stems(text, language)) for text in texts]
    return np.array([[len(theme & text) / len(theme) for theme in wanted] for text in said])


def _stems(text: str, language: str) -> list[str]:
    words = words_of(text, language)
    if language == "zh":
        return words
    return [re.sub(r"(?<=...)(?:ing|ed|s|’s)$", "", word) for word in words]


def terms_of(text: str, language: str) -> list[Hashable]:
    """What latent semantics counts: English words that bear meaning; characters and pairs of them."""
    words = words_of(text, language)
    if language == "en":
        return [word for word in words if word.replace("’", "'") not in FUNCTION_WORDS]
    pairs = [
        line[n : n + 2] for line in re.split(r"\W+", text) for n in range(max(len(line) - 1, 0))
    ]
    return [*words, *pairs]


def learned_semantics(texts: Sequence[str], language: str) -> Semantics:
    """Latent semantics of training texts, at most `MOST_TEXTS` of them, spread evenly."""
    some = texts[:: max(1, len(texts) // MOST_TEXTS)]
    return learned([terms_of(text, language) for text in some])


def semantic_similarities(
    semantics: Semantics, texts: Sequence[str], themes: Sequence[str], language: str
) -> np.ndarray:
    """Cosines of texts and themes, (N, themes)."""
    sides = [
        np.array([semantics.vector(terms_of(text, language)) for text in some])
        for some in (texts, themes)
    ]
    return sides[0] @ sides[1].T


def recognition(scores: np.ndarray, wanted: Sequence[int]) -> dict[str, Any]:
    """How often the wanted theme has the highest score.

    Args:
        scores: of each text and theme, (N, themes).
        wanted: place of each text's theme, (N,).
    """
    best = np.isclose(scores, scores.max(axis=1, keepdims=True))
    hits = np.array([row[place] / row.sum() for row, place in zip(best, wanted)])
    count, accuracy = len(hits), float(hits.mean())
    taken: Counter[tuple[int, int]] = Counter()
    for row, place in zip(best, wanted):
        if row.sum() == 1 and not row[place]:
            taken[place, int(row.argmax())] += 1
    return {
        "accuracy": round(accuracy, 4), "interval_95": list(wilson(accuracy, count)),
        "texts": count, "chance": round(1 / scores.shape[1], 4),
        "undecided": int((best.sum(axis=1) > 1).sum()),
        "by_theme": {
            int(place): round(float(hits[np.asarray(wanted) == place].mean()), 3)
            for place in sorted(set(wanted))
        },
        "most_confused": [[a, b, n] for (a, b), n in taken.most_common(5)],
    }  # fmt: skip


def wilson(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count)
    half *= math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def best_of(scores: np.ndarray, wanted: Sequence[int], size: int) -> list[int]:
    """Of every `size` texts in a row, which of one theme, the place of the one most like it."""
    own = scores[np.arange(len(wanted)), np.asarray(wanted)]
    return [
        first + int(own[first : first + size].argmax()) for first in range(0, len(own), size)
    ]  # fmt: skip
