"""The words of a line, and the ways each can be said there: elided, drawn out, stressed or not.

Older verse says "heaven" and "flower" in one syllable, "every" in two, "the eternal" in three, and
may sound the -ed of "fixed". Such ways cost a little, so that a reading takes them only if it must
(Bridges, Milton's Prosody, 1921, lists the elisions).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from muse.theory.feet import Slot
from muse.theory.lexicon import dictionary
from muse.theory.phonemes import Origin, stresses_of, with_stresses
from muse.theory.pronunciation import normalized, pronunciations
from muse.theory.prosody_en import FUNCTION_WORDS, WEAK_WORDS

_WORD = re.compile(
    r"\d+(?:[.,]\d+)*(?:st|nd|rd|th|s)?(?![^\W_])|&"
    r"|['’‘]?[^\W\d_]+(?:['’‐‑-][^\W\d_]+)*['’]?|\d+"
)
_PAUSE = re.compile(r"[,;:.!?()\[\]…—–]|--|\s-\s")
_MOST_PARTS = 12
"""Words joined by more hyphens are no words; the rest is left unsaid."""
_OPENING = ("'", "’", "‘")

_LIGHT = (
    "into unto upon within without over under after before between against among o'er until amid "
    "above beneath beside behind toward towards about around because either neither every any "
    "many very other another only even never ever also wherefore therefore whereof thereof "
    "whereby thereby wherein therein wherewith therewith whereon thereon whereto thereto whereat "
    "thereat myself thyself himself herself itself ourselves yourself themselves"
)
_WEAKENED = frozenset(_LIGHT.split())
"""Words of two syllables or more whose stress is light."""


@dataclass(frozen=True)
class Way:
    """One way to say a word in a line: its phonemes, syllable weights, cost, and what was done."""

    sounds: str
    weights: str
    cost: float
    note: str = ""


@dataclass(frozen=True)
class Word:
    """A word of a line.

    Attributes:
        text: as it is written.
        start: its first column.
        ways: how it can be said; none if it has no letter of the Latin script.
        origin: whether the dictionary knows it.
        paused: whether punctuation stands before it.
    """

    text: str
    start: int
    ways: tuple[Way, ...]
    origin: Origin
    paused: bool

    @property
    def slot(self) -> Slot:
        """What the fitting into feet needs to know."""
        return Slot(tuple((way.weights, way.cost) for way in self.ways), self.paused)


def words_of(line: str) -> list[Word]:
    """The words of a line with the ways to say them there."""
    found: list[tuple[str, int, bool]] = []
    end = 0
    for match in _WORD.finditer(line):
        text, start = match[0], match.start()
        if text[0] in _OPENING and normalized(text)[0] not in dictionary():
            text, start = text[1:], start + 1
        if text[-1:] in _OPENING and not _keeps_apostrophe(text):
            text = text[:-1]
        paused = bool(_PAUSE.search(line[end : match.start()]))
        end = start + len(text)
        found.append((text, start, paused))
    words = []
    for number, (text, start, paused) in enumerate(found):
        spoken = "and" if text == "&" else text
        following = found[number + 1] if number + 1 < len(found) else None
        vowel = following is not None and not following[2] and _begins_with_vowel(following[0])
        ways, origin = _ways(unicodedata.normalize("NFC", spoken), vowel)
        words.append(Word(text, start, ways, origin, paused))
    return words


def _keeps_apostrophe(text: str) -> bool:
    plain = normalized(text)[0]
    return plain in dictionary() or plain.endswith(("in'", "s'"))


@lru_cache(maxsize=20_000)
def _begins_with_vowel(word: str) -> bool:
    ways = pronunciations(word)
    return bool(ways) and ways[0].sounds[1:2].isdigit()


@lru_cache(maxsize=50_000)
def _ways(word: str, before_vowel: bool) -> tuple[tuple[Way, ...], Origin]:
    """The ways to say a word; `before_vowel` if the next word begins with one, without a pause."""
    plain = normalized(word)[0]
    parts = [part for part in plain.split("-") if part]
    if len(parts) > 1 and plain not in dictionary():
        parts = parts[:_MOST_PARTS]
        return _joined(
            [_ways(part, False) for part in parts[:-1]] + [_ways(parts[-1], before_vowel)]
        )
    found: dict[str, Way] = {}
    origin: Origin = "dictionary"
    for number, each in enumerate(pronunciations(word)):
        origin = each.origin
        base = 0.05 * min(number, 2)
        for sounds, cost, note in _variants(plain, each.sounds, each.certain, before_vowel):
            weights = _weights(plain, sounds)
            if weights not in found or base + cost < found[weights].cost:
                found[weights] = Way(sounds, weights, round(base + cost, 3), note)
    return tuple(sorted(found.values(), key=lambda way: way.cost)), origin


def _joined(
    parts: list[tuple[tuple[Way, ...], Origin]],
) -> tuple[tuple[Way, ...], Origin]:
    """The ways to say words that are joined by hyphens: each keeps the weight it has alone."""
    order: tuple[Origin, ...] = ("dictionary", "derived", "spelling")
    ways: list[Way] = [Way("", "", 0.0)]
    for choices, _ in parts:
        both = [
            Way(a.sounds + b.sounds, a.weights + b.weights, round(a.cost + b.cost, 3),
                "; ".join(filter(None, (a.note, b.note))))
            for a in ways
            for b in choices[:4]
        ]  # fmt: skip
        ways = sorted(both or ways, key=lambda way: way.cost)[:12]
    return tuple(ways), max((origin for _, origin in parts), key=order.index)


def _weights(word: str, sounds: str) -> str:
    """The weight of each syllable, in the letters of `muse.theory.foot_meters.COSTS`."""
    stresses = stresses_of(sounds)
    if len(stresses) <= 1:
        if word in WEAK_WORDS:
            return "u" * len(stresses)
        function = word in FUNCTION_WORDS or word.strip("'") in FUNCTION_WORDS
        return ("f" if function else "M") * len(stresses)
    light = word in _WEAKENED
    weights = []
    for place, stress in enumerate(stresses):
        beside = stresses[max(0, place - 1) : place] + stresses[place + 1 : place + 2]
        if stress == "1":
            weights.append("M" if light else "P")
        elif stress == "2":
            weights.append("t" if "1" in beside else "s")
        elif light:
            weights.append("f" if place == len(stresses) - 1 else "u")
        else:
            weights.append("o" if set(beside) == {"0"} else "x")
    return "".join(weights)


def _variants(
    word: str, sounds: str, certain: bool, before_vowel: bool
) -> Iterator[tuple[str, float, str]]:
    """The sounds as they are, and with syllables taken out or put in, each with its cost."""
    yield sounds, 0.0, ""
    if not certain:
        count = len(stresses_of(sounds))
        for place in range(count if count > 1 else 0):
            yield with_stresses(sounds, "0" * place + "1" + "0" * (count - place - 1)), 0.4, ""
    if stresses_of(sounds).endswith("102"):
        yield with_stresses(sounds, stresses_of(sounds)[:-3] + "201"), 0.4, ""
    for pattern, new, cost in _ELISIONS:
        shorter = re.sub(pattern, new, sounds)
        if shorter != sounds and stresses_of(shorter):
            count = len(stresses_of(shorter))
            syllables = "one syllable" if count == 1 else f"{count} syllables"
            yield shorter, cost, f"said in {syllables}"
    if before_vowel:
        if word in ("the", "to"):
            yield sounds[:-2], 0.35 if word == "the" else 0.6, "joined to the next word"
        elif len(stresses_of(sounds)) > 1 and re.search(r"[YWO]0$", sounds):
            yield sounds[:-2] + "y", 0.45, "its end joined to the next word"
    if re.search(r"[aeiou].*(?:est|eth)$", word) and re.search(r"u0(?:st|T)$", sounds):
        yield re.sub(r"u0(st|T)$", r"\1", sounds), 0.5, "said without its last vowel"
    if word.endswith("ed") and sounds[-1] in "td" and not sounds.endswith("i0d"):
        stem = sounds[:-1]
        yield stem + "i0d", 0.5, "said with its -ed sounded"
    if re.search(r"(?:ti|ci|si)(?:on|ent|ence|ous|al)s?$", word) and "Su0" in sounds:
        yield sounds[::-1].replace("0uS", "0u0iS", 1)[::-1], 0.8, "drawn out by a syllable"


_ELISIONS = (
    # A weak vowel before r, l or n and a vowel: wandering, general, reasoning.
    (r"(?<=[a-zDNSTZ])R0(?=[A-Za-z]\d)", "r", 0.15),
    (r"(?<=[12][a-zDNSTZ])u0(?=[rln][A-Za-z]\d)|(?<=[12][a-zDNSTZ]{2})u0(?=[rln][A-Za-z]\d)", "", 0.25),
    # Two vowels run into one: glorious, virtuous, following; flower, quiet, being.
    (r"Y0(?=[uiRO]0)", "y", 0.2),
    (r"W0(?=[uiR]0)", "w", 0.25),
    (r"O0(?=[uiRY]0)", "w", 0.35),
    (r"(?<=[HI]1)R0", "r", 0.1),
    (r"(?<=[YIOWEJ]1)[uiA]0", "", 0.4),
    (r"(?<=[YOWEJ]1)R0", "r", 0.4),
    # Heaven, given, spirit.
    (r"(?<=[12][vzsdtkl])[ui]0(?=n(?:l|[dzs]?$))", "", 0.4),
    (r"(?<=[12]r)[ui]0(?=t[s]?$)", "", 0.5),
)  # fmt: skip
"""Patterns of sounds, what stands for them in the shorter form, and its cost."""
