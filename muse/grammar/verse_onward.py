"""Ways through a line that is written from its first word to its last.

The rules are those of `verse_line.py`, seen from the other side. There the rhyme word comes first and
the rest is led up to it; here the words that may end the line are known beforehand (they rhyme with
what stands), and a word is offered only if one of them can still be reached with exactly the syllables
and stresses that are left. Dynamic programming over classes of words: a class is a shape, a number of
syllables, and whether it begins with a vowel.

A monosyllable that bears a meaning may stand in a weak place only before a stressed syllable. From
here that syllable is not written yet, so a place also remembers which patterns wait for it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from muse.grammar.verse_lexicon import VerseLexicon
from muse.grammar.verse_line import LineRule, fits_at, patterns_of
from muse.grammar.verse_spelling import Choice
from muse.theory.verse_words import DOUBTFUL

PLENTY = 3
"""Words of a class that a way may count on: one may be the line's only end, another stands just before."""


class Point(NamedTuple):
    """A place between two words of a line, seen from its beginning.

    Attributes:
        done: syllables before it.
        fits: which patterns still fit, a bit each.
        waits: which of these need a stressed syllable next.
        need: whether the asked word is still to come.
        article: 1 behind "a", 2 behind "an", else 0.
    """

    done: int
    fits: int
    waits: int = 0
    need: bool = False
    article: int = 0


class LineSteps:
    """What words do to a line that keeps a rule."""

    def __init__(self, lexicon: VerseLexicon, rule: LineRule) -> None:
        self.lexicon, self.rule = lexicon, rule
        self.patterns = patterns_of(rule.metre) if rule.metre else ()
        self.start = Point(0, (1 << max(1, len(self.patterns))) - 1, need=rule.need >= 0)
        self.classes, self.of_word = lexicon.classes
        self.articles = {
            lexicon.places[text]: number
            for number, text in ((1, "a"), (2, "an"))
            if text in lexicon.places
        }
        usual = ~lexicon.asked
        own = lexicon.letter == rule.letter
        if rule.letter < 0:
            own = lexicon.begins_plainly | lexicon.asked
            own[[word for word in (rule.need, rule.end) if word >= 0]] = True
        self.own = own
        self.plenty = self._counts(usual) >= PLENTY
        self.plenty_first = self._counts(usual & own) >= PLENTY
        self._steps: dict[tuple[Point, int], Point | None] = {}

    def _counts(self, words: np.ndarray) -> np.ndarray:
        """How many of some words are of each class, (C,); which article may stand, a way cannot
        know, so it does not count on them."""
        counts = np.bincount(self.of_word[words], minlength=len(self.classes))
        return counts * np.array([shape != "a" for shape, _, _ in self.classes])

    def step(self, point: Point, kind: int) -> Point | None:
        """Where a word of a class leads, None if it does not fit."""
        key = (point, kind)
        if key not in self._steps:
            self._steps[key] = self._step(point, kind)
        return self._steps[key]

    def _step(self, point: Point, kind: int) -> Point | None:
        shape, syllables, vocal = self.classes[kind]
        done = point.done + syllables
        if done > self.rule.most or (shape == DOUBTFUL and self.rule.least == self.rule.most):
            return None
        if point.article and vocal != (point.article == 2):
            return None
        fits = point.fits if shape[0] in "c1" else point.fits & ~point.waits
        waits = 0
        for number, pattern in enumerate(self.patterns):
            if fits >> number & 1:
                if not fits_at(shape, pattern, point.done, True):
                    fits &= ~(1 << number)
                elif shape == "c" and pattern[point.done] == "-":
                    waits |= 1 << number
        return Point(done, fits, waits, point.need) if fits else None

    def moved(self, point: Point, word: int) -> Point | None:
        """Where a word leads, None if it does not fit."""
        found = self.step(point, int(self.of_word[word]))
        if found is None:
            return None
        return found._replace(
            need=point.need and word != self.rule.need, article=self.articles.get(word, 0)
        )

    def complete(self, point: Point | None) -> bool:
        """Whether a line may end at a point, as far as metre and the asked word go."""
        if point is None or point.done < self.rule.least or point.need:
            return False
        return bool(point.fits & ~point.waits)

    def last_words(self) -> np.ndarray:
        """The words that may end the line, (N,) bool, rhymes aside."""
        lexicon, rule = self.lexicon, self.rule
        wanted = np.zeros(len(lexicon), dtype=bool)
        if rule.end >= 0:
            wanted[rule.end] = True
            return self._reached(wanted)
        wanted = ~lexicon.asked & ~lexicon.leaning & self._may_rhyme()
        if rule.need < 0:
            return self._reached(wanted)
        # The asked word ends the line only where it can stand nowhere else.
        wanted[rule.need] = False
        found = self._reached(wanted)
        if not found.any() and self._may_rhyme()[rule.need] and not lexicon.leaning[rule.need]:
            wanted[:] = False
            wanted[rule.need] = True
            found = self._reached(wanted)
        return found

    def _may_rhyme(self) -> np.ndarray:
        """The words that a line which is to rhyme may end in, (N,) bool."""
        words = np.ones(len(self.lexicon), dtype=bool)
        if self.rule.rhymed:
            words &= self.lexicon.rime >= 0
            if self.rule.metre:
                beats = len(self.rule.metre) - self.rule.metre.rindex("+")
                words &= self.lexicon.beats == beats
        return words

    def _reached(self, words: np.ndarray) -> np.ndarray:
        """Those of some words that some way through the line ends in, (N,) bool."""
        inner = self._inner_points()
        kinds = np.unique(self.of_word[words])
        found = np.zeros(len(words), dtype=bool)
        need = self.rule.need
        for kind in kinds.tolist():
            own = words & (self.of_word == kind)
            if own[need] and need >= 0:
                some = int(np.flatnonzero(own)[0])
                behind = any(self.complete(self.moved(point, some)) for point in inner)
                alone = self.complete(self.moved(self.start, some))
            else:
                behind = any(self.complete(self.step(point, kind)) for point in inner)
                alone = self.complete(self.step(self.start, kind))
            if behind:
                found |= own
            elif alone:
                found |= own & self.own
        return found

    def _inner_points(self) -> set[Point]:
        """The points within the line that ways of plentiful words, and the asked one, come to."""
        found: set[Point] = set()
        front = [self.start]
        while front:
            point = front.pop()
            plenty = self.plenty if point.done else self.plenty_first
            after = [self.step(point, kind) for kind in np.flatnonzero(plenty).tolist()]
            if point.need and (point.done or self.own[self.rule.need]):
                after.append(self.moved(point, self.rule.need))
            for each in after:
                if each is not None and each not in found:
                    found.add(each)
                    front.append(each)
        return found


class OnwardReach:
    """The ways through a line that end in one of some words.

    Args:
        steps: of the line.
        ends: the words that it may end in, (N,) bool, each of which can be reached.
    """

    def __init__(self, steps: LineSteps, ends: np.ndarray) -> None:
        self.steps, self.ends = steps, ends
        counts = np.bincount(steps.of_word[ends], minlength=len(steps.classes))
        self._ending = counts > 0
        # A way may need the only end of its class, so that never stands right before itself.
        lone = ends & (counts[steps.of_word] == 1)
        self.middle = ~steps.lexicon.asked & ~lone
        self._onward: dict[Point, bool] = {}
        self._choices: dict[Point, Choice] = {}

    def onward(self, point: Point) -> bool:
        """Whether the line can be ended from a point behind a word."""
        if point not in self._onward:
            self._onward[point] = self._goes_on(point)
        return self._onward[point]

    def _goes_on(self, point: Point) -> bool:
        steps = self.steps
        if point.done >= steps.rule.most:
            return False
        for kind in range(len(steps.classes)):
            if steps.plenty[kind] or self._ending[kind]:
                after = steps.step(point, kind)
                if after is not None and (
                    (self._ending[kind] and steps.complete(after))
                    or (steps.plenty[kind] and self.onward(after))
                ):
                    return True
        return point.need and self._may_stand(point, steps.rule.need)

    def _may_stand(self, point: Point, word: int) -> bool:
        """Whether one word may be written at a point."""
        after = self.steps.moved(point, word)
        return after is not None and (
            self.goes_on(after, word) or (bool(self.ends[word]) and self.steps.complete(after))
        )

    def goes_on(self, point: Point, word: int) -> bool:
        """Whether the line may go on from a point behind a word."""
        asked = word == self.steps.rule.need and not self.ends[word]
        return (asked or bool(self.middle[word])) and self.onward(point)

    def may_end(self, point: Point, word: int) -> bool:
        """Whether the line may end at a point behind a word."""
        return bool(self.ends[word]) and self.steps.complete(point)

    def choice(self, point: Point) -> Choice:
        """The words that may be written at a point."""
        if point not in self._choices:
            lexicon, words = self.steps.lexicon, self._words(point)
            if not point.done:
                words &= self.steps.own
            spelling = lexicon.within if point.done else lexicon.opening
            self._choices[point] = Choice(spelling, words)
        return self._choices[point]

    def _words(self, point: Point) -> np.ndarray:
        steps = self.steps
        after = [steps.step(point, kind) for kind in range(len(steps.classes))]
        on = np.array([each is not None and self.onward(each) for each in after])
        last = np.array([steps.complete(each) for each in after])
        words = (on[steps.of_word] & self.middle) | (last[steps.of_word] & self.ends)
        for word in (*steps.articles, steps.rule.need):
            if word >= 0 and (word != steps.rule.need or point.need):
                words[word] = (
                    word == steps.rule.need or bool(self.middle[word])
                ) and self._may_stand(point, word)
        return words
