"""One line of English verse, written from its last word to its first: which words fit, and whether
the line can still be ended.

The metre, as this project defines it. A pattern gives each syllable of a line a weak or a strong
place; an iambic line may begin with `+-` instead of `-+`. A line keeps it if

* the primary stress of every word of several syllables stands in a strong place, and no unstressed
  syllable beside a stress of its own word does;
* "the", "a" and "an" stand in weak places;
* a monosyllable that is no function word (`theory.prosody_en.FUNCTION_WORDS`) stands in a strong
  place, or in a weak one if the next syllable of the line is stressed: "rough winds", "sweet birds".

Stressed is such a monosyllable, and a syllable with a primary stress. Apart from the metre no word
stands twice in a row, no word that leans on the next one ends a line or stands before a comma, and
"a" and "an" agree with what follows.

Whether a line can be ended is found by walking over all (syllables left, patterns that still fit)
beforehand, each once. A kind of word counts as a way on only if there are two words of it, so that a
word may be forbidden for having just been written.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from muse.grammar.verse_lexicon import VerseLexicon
from muse.grammar.verse_spelling import Choice
from muse.theory.verse_words import DOUBTFUL


@dataclass(frozen=True)
class LineRule:
    """What a line must keep.

    Attributes:
        least, most: syllables.
        metre: the line's pattern, or empty.
        letter: what its first word begins with, 0 to 25; -1 for anything.
        need: a word of the lexicon that stands in it; -1 for none.
        end: the word that ends it; -1 for any.
        rhymed: whether its last word must be one that can rhyme.
    """

    least: int
    most: int
    metre: str = ""
    letter: int = -1
    need: int = -1
    end: int = -1
    rhymed: bool = False

    @property
    def counted(self) -> bool:
        """Whether the number of syllables is promised."""
        return self.least == self.most


class Spot(NamedTuple):
    """A place between two words of a line, seen from its end.

    Attributes:
        left: syllables that may still be written before it.
        fits: which patterns still fit, a bit each.
        stressed: whether the syllable after it is stressed.
        paused: whether the line's end or a mark stands after it.
        need: whether the asked word is still to come.
    """

    left: int
    fits: int
    stressed: bool = False
    paused: bool = True
    need: bool = False


def patterns_of(metre: str) -> tuple[str, ...]:
    """The ways to lay out a line: as it stands, and an iambic one with its first foot turned."""
    if len(metre) >= 4 and metre == ("-+" * len(metre))[: len(metre)]:
        return metre, "+-" + metre[2:]
    return (metre,)


@lru_cache(maxsize=100_000)
def fits_at(shape: str, pattern: str, start: int, stressed: bool) -> bool:
    """Whether a word may begin at place `start` of a pattern.

    Args:
        shape: of the word, as `VerseWord.shape` has it, "?" left out.
        pattern: of the line.
        start: of the word's first syllable, from 0.
        stressed: whether the syllable after the word is stressed.
    """
    strong = pattern[start] == "+"
    if shape in ("w", "f"):
        return True
    if shape == "a":
        return not strong
    if shape == "c":
        return strong or stressed
    for place, stress in enumerate(shape):
        strong = pattern[start + place] == "+"
        if stress == "1" and not strong:
            return False
        if stress == "0" and strong:
            beside = shape[max(0, place - 1) : place] + shape[place + 1 : place + 2]
            if beside.strip("0"):
                return False
    return True


class LineReach:
    """The ways through a line that keeps a rule."""

    def __init__(self, lexicon: VerseLexicon, rule: LineRule) -> None:
        self.lexicon, self.rule = lexicon, rule
        self.patterns = patterns_of(rule.metre) if rule.metre else ()
        self.start = Spot(rule.most, (1 << max(1, len(self.patterns))) - 1, need=rule.need >= 0)
        words = ~lexicon.asked
        self._any = self._plenty(words)
        self._firm = self._plenty(words & ~lexicon.leaning)
        own = lexicon.letter == rule.letter
        self._own = self._plenty(words & own) if rule.letter >= 0 else self._any
        self._own_firm = (
            self._plenty(words & own & ~lexicon.leaning) if rule.letter >= 0 else self._firm
        )
        self._onward: dict[Spot, bool] = {}
        self._choices: dict[Spot, Choice] = {}

    def _plenty(self, words: np.ndarray) -> np.ndarray:
        """Whether at least two of some words are of each kind, (K,) bool.

        Articles do not count: which of them may stand depends on the next word.
        """
        counts = np.bincount(self.lexicon.kind[words], minlength=len(self.lexicon.kinds))
        return (counts >= 2) & np.array([shape != "a" for shape, _ in self.lexicon.kinds])

    def step(self, spot: Spot, kind: int) -> Spot | None:
        """Where a word of a kind leads, None if it does not fit."""
        shape, syllables = self.lexicon.kinds[kind]
        left = spot.left - syllables
        if left < 0 or (shape == DOUBTFUL and self.rule.counted):
            return None
        fits = spot.fits
        for number, pattern in enumerate(self.patterns):
            if fits >> number & 1 and not fits_at(shape, pattern, left, spot.stressed):
                fits &= ~(1 << number)
        if not fits:
            return None
        return Spot(left, fits, shape[0] in "c1", False, spot.need)

    def moved(self, spot: Spot, word: int) -> Spot | None:
        """Where a word leads, None if it does not fit."""
        found = self.step(spot, int(self.lexicon.kind[word]))
        if found is None:
            return None
        return found._replace(need=spot.need and word != self.rule.need)

    def may_end(self, spot: Spot, first: int) -> bool:
        """Whether the line may begin at a spot, `first` being the word right after it."""
        return self._enough(spot) and self.rule.letter in (-1, int(self.lexicon.letter[first]))

    def _enough(self, spot: Spot) -> bool:
        return self.rule.most - spot.left >= self.rule.least and not spot.need

    def onward(self, spot: Spot) -> bool:
        """Whether a word can be written at a spot so that the line can be ended after it."""
        if spot not in self._onward:
            self._onward[spot] = self._goes_on(spot)
        return self._onward[spot]

    def _goes_on(self, spot: Spot) -> bool:
        if spot.left <= 0:
            return False
        some = self._firm if spot.paused else self._any
        own = self._own_firm if spot.paused else self._own
        for kind in range(len(self.lexicon.kinds)):
            if some[kind] and (after := self.step(spot, kind)):
                if own[kind] and self._enough(after):
                    return True
                if self.onward(after):
                    return True
        return spot.need and self._may_stand(spot, self.rule.need)

    def _may_stand(self, spot: Spot, word: int, firm: bool = True) -> bool:
        """Whether one word may be written at a spot."""
        after = self.moved(spot, word)
        if after is None or (firm and spot.paused and self.lexicon.leaning[word]):
            return False
        return self.may_end(after, word) or self.onward(after)

    def choice(self, spot: Spot) -> Choice:
        """The words that may be written at a spot."""
        if spot not in self._choices:
            self._choices[spot] = Choice(self.lexicon.within, self._words(spot))
        return self._choices[spot]

    def _words(self, spot: Spot) -> np.ndarray:
        lexicon, rule = self.lexicon, self.rule
        steps = [self.step(spot, kind) for kind in range(len(lexicon.kinds))]
        goes_on = np.array([bool(after and self.onward(after)) for after in steps])
        ends = np.array([bool(after and self._enough(after)) for after in steps])
        words = ends[lexicon.kind]
        if rule.letter >= 0:
            words &= lexicon.letter == rule.letter
        words |= goes_on[lexicon.kind]
        words &= ~lexicon.asked
        if spot.paused:
            words &= ~lexicon.leaning
        if spot.need:
            words[rule.need] = self._may_stand(spot, rule.need)
        return words

    def last_words(self) -> np.ndarray:
        """The words that may end the line, (N,) bool, rhymes aside."""
        lexicon, rule = self.lexicon, self.rule
        if rule.end >= 0:
            words = np.zeros(len(lexicon), dtype=bool)
            words[rule.end] = self._may_stand(self.start, rule.end, firm=False)
            return words
        words = self.choice(self.start).words.copy()
        if rule.rhymed:
            words &= lexicon.rime >= 0
            if rule.metre:
                words &= lexicon.beats == len(rule.metre) - rule.metre.rindex("+")
        return words
