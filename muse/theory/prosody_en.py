"""English words for verse: their syllables, their stresses, and what rhymes with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from muse.theory.lexicon import commonness, dictionary, nearest_words
from muse.theory.phonemes import FAMILIES, VOWELS, stresses_of
from muse.theory.pronunciation import normalized, pronunciations
from muse.theory.rhyme import (
    STRENGTHS,
    Ending,
    RhymeKind,
    endings_of,
    rhymes_by_eye,
    sounded_rhyme,
    word_endings,
)
from muse.theory.spelling import is_spelled_out

_WEAK = "a an the and of to or nor but as at by in on for from with o' th' t'"
_EITHER = (
    "i me my mine we us our you your ye thou thee thy thine he him his she her it its they them "
    "their who whom whose which that this these those what some such each all both am is are was "
    "wast were wert be been do does did dost doth didst have has had hast hath hadst will wilt "
    "would wouldst shall shalt should shouldst can canst could couldst may mayst might mightst "
    "must let if when where while whence whilst since till than though through thro' thro ere "
    "yet so too not no how why then there here now up down out off 'tis 'twas 'twere 'twill "
    "'twould it's he's she's that's there's i'm i'll i've i'd we'll we're we've you'll you're "
    "they're they'll they've who's don't can't won't o oh ah lo like more most much one once own "
    "just still save round 'round 'neath neath 'mid mid midst 'midst 'gainst 'twixt twixt o'er "
    "e'er ne'er even e'en ev'n art 's 'll 'em"
)
WEAK_WORDS = frozenset(_WEAK.split())
"""Monosyllables that hardly ever bear a beat."""
FUNCTION_WORDS = WEAK_WORDS | frozenset(_EITHER.split())
"""Monosyllables whose stress depends on their place: pronouns, auxiliaries, prepositions."""


@dataclass(frozen=True)
class Rhyme:
    """A word that rhymes with the one that was asked for.

    Attributes:
        word: the rhyming word.
        kind: how well it rhymes.
        syllables: of its shortest pronunciation that rhymes.
        count: how often it stands in 25,362 poems in the public domain; 0 if once or never.
    """

    word: str
    kind: RhymeKind
    syllables: int
    count: int


def syllable_counts(word: str) -> tuple[int, ...]:
    """How many syllables a word can have, the most usual first; none if it cannot be said."""
    return tuple(dict.fromkeys(each.syllables for each in pronunciations(word)))


def stress_patterns(word: str) -> tuple[str, ...]:
    """The stresses a word can have: `"1"` primary, `"2"` secondary, `"0"` none.

    A monosyllabic function word may be either: `"?"`.
    """
    if normalized(word)[0] in FUNCTION_WORDS and min(syllable_counts(word), default=0) <= 1:
        return ("?",)
    return tuple(dict.fromkeys(each.stresses for each in pronunciations(word)))


def rhymes(word: str, near: bool = False, guess: bool = False) -> tuple[Rhyme, ...]:
    """Words of the dictionary that rhyme with `word`, by syllables, the commoner in poems first.

    Args:
        word: one English word.
        near: near rhymes and eye rhymes instead of full ones.
        guess: take the sound of a word that no rule knows from its spelling.

    Raises:
        ValueError: if the word cannot be said, or is not known; the message names the nearest
            known words.
    """
    ways = pronunciations(word)
    if not ways:
        raise ValueError(f"{word!r} is not an English word; give one word in Latin letters")
    if not guess and not ways[0].certain:
        similar = ", ".join(nearest_words(normalized(word)[0]))
        raise ValueError(f"{word!r} is not known" + (f"; near: {similar}" if similar else ""))
    asked, plain = word_endings(word), normalized(word)[0]
    common = commonness()
    found = []
    for other, sounds in _candidates(asked, near):
        if other == plain or other in WEAK_WORDS:
            continue
        kind, syllables = _best(asked, other, sounds)
        alike = near and STRENGTHS[kind] < STRENGTHS["eye"] and other[-2:] == plain[-2:]
        if alike and rhymes_by_eye(plain, other):
            kind = "eye"
        full = STRENGTHS[kind] >= STRENGTHS["light"]
        if kind in ("near", "eye") if near else full:
            found.append(Rhyme(other, kind, syllables, common.get(other, 0)))
    return tuple(sorted(found, key=lambda each: (each.syllables, -each.count, each.word)))


def _best(asked: tuple[Ending, ...], other: str, ways: str) -> tuple[RhymeKind, int]:
    kind: RhymeKind = ""
    syllables = len(stresses_of(ways.split(" ")[0]))
    for sounds in sorted(ways.split(" "), key=lambda each: len(stresses_of(each))):
        for ending in endings_of(sounds, other):
            for each in asked:
                match = sounded_rhyme(each, ending)
                if STRENGTHS[match] > STRENGTHS[kind]:
                    kind, syllables = match, len(stresses_of(sounds))
    return kind, syllables


def _candidates(asked: tuple[Ending, ...], near: bool) -> Iterator[tuple[str, str]]:
    """Words worth comparing: those that end in the same consonant, or one of its family."""
    last: set[str] = set()
    for ending in asked:
        letter = ending.tail[-1]
        family = next((each for each in FAMILIES if letter in each), "") if near else ""
        last |= {letter, *family}
    vowels = set(VOWELS.values())
    for word, ways in dictionary().items():
        if len(word) < 6:
            words = [each for each in ways.split(" ") if not is_spelled_out(word, each)]
            ways = " ".join(words)
        plain = word.isalpha() and (len(word) > 1 or word in "aio")
        if ways and (plain or (word[0] == "'" and word[1:].isalpha() and len(word) > 2)):
            for sounds in ways.split(" "):
                end = sounds.rstrip("012")[-1:]
                if end in last or (end in vowels and end in "IHiu" and last & vowels):
                    yield word, ways
                    break
