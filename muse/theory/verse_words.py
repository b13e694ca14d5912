"""The words that English verse is written with, and what metre and rhyme need to know of each.

A word is taken only if the dictionary leaves no doubt about it: all its pronunciations agree in their
syllables and in the place of the primary stress. So whoever counts by the same dictionary counts the
same. Words in doubt (our, hour, heaven) stand in free verse alone, where nothing is counted.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from muse.theory.lexicon import FOLDER, commonness, dictionary
from muse.theory.phonemes import VOWELS, stresses_of
from muse.theory.pronunciation import normalized, pronunciations
from muse.theory.prosody_en import FUNCTION_WORDS, WEAK_WORDS
from muse.theory.spelling import is_spelled_out

PACKED = FOLDER / "verse_words.txt.gz"

COMMONEST = 14_000
"""So many of the words commonest in poems are looked at."""

ARTICLES = frozenset(["the", "a", "an"])
_DEPENDENT = (
    "my thy our your his its their whose every into upon unto onto than because although unless "
    "until though while whilst if lest whether who's it's i'm he's she's that's there's i'll "
    "i've i'd we'll we're we've you'll you're they're they'll they've we'd you'd he'd she'd they'd "
    "he'll she'll i'd what's where's when's how's there'll there'd o'er 'gainst 'twixt 'neath 'mid "
    "'tis 'twas 'twere 'twill 'twould beneath among amid between toward towards without within "
    "whom which very"
)
LEANING = WEAK_WORDS | frozenset(_DEPENDENT.split())
"""Words that lean on the next one: no line ends and no comma stands after them."""

_CAPITAL_TEXT = (
    "god god's christ christ's april june july september october november december january february "
    "sunday easter christmas england england's english"
)
_CAPITALS = frozenset(_CAPITAL_TEXT.split())
_SMALL_TEXT = "north northern southern paradise muse captain maker phoenix legion trinity shepherd"
_SMALL = frozenset(_SMALL_TEXT.split())
"""Words that stand capitalised in old books, but need no capital."""
_KEPT_ELISIONS = ("'tis", "'twas", "'twere", "'twill", "'twould", "'neath", "'mid", "'gainst", "'twixt",
                  "'midst")  # fmt: skip

_VOWELS = frozenset(VOWELS.values())

DOUBTFUL = "?"
"""The shape of a word whose pronunciations disagree."""


class VerseWord(NamedTuple):
    """A word for verse.

    Attributes:
        text: as a line has it in its midst, with typographic apostrophes.
        shape: `"a"` an article, `"w"` a monosyllable that leans on the next word, `"f"` another
            monosyllable whose stress depends on its place, `"c"` any other monosyllable; of longer
            words the stress of each syllable, such as `"010"`; `"?"` if it is in doubt.
        syllables: how many; of a word in doubt the most.
        tail: what it rhymes by, the phonemes from the last stressed vowel on; empty if it is in
            doubt, or cannot end a line.
        onset: the consonants before that vowel.
        leaning: whether it leans on the next word.
        vocal: whether it begins with a vowel, as "a" and "an" hear it.
    """

    text: str
    shape: str
    syllables: int
    tail: str
    onset: str
    leaning: bool
    vocal: bool

    @property
    def rime(self) -> tuple[str, str]:
        """Its tail and its onset."""
        return self.tail, self.onset

    @property
    def letter(self) -> str:
        """The letter that it begins with, small."""
        return next((each for each in self.text.lower() if each.isalpha()), "")


def verse_word(plain: str, text: str = "") -> VerseWord | None:
    """What verse knows of a word of the dictionary; None if it is not there.

    Args:
        plain: in small letters, with straight apostrophes.
        text: as a line has it, if that is something else.
    """
    ways = dictionary().get(plain, "").split()
    if len(plain) < 5:
        ways = [each for each in ways if not is_spelled_out(plain, each)] or ways
    stresses = list(dict.fromkeys(map(stresses_of, ways)))
    if not stresses or not all(stresses):
        return None
    shape = _shape(plain, stresses)
    leaning = plain in LEANING
    tails = {rhyme_of_sounds(each) for each in ways}
    tail, onset = tails.pop() if len(tails) == 1 and not leaning and shape != "?" else ("", "")
    vocal = ways[0][0] in _VOWELS
    return VerseWord(text or plain, shape, max(map(len, stresses)), tail, onset, leaning, vocal)


def verse_words(text: str) -> list[VerseWord]:
    """A word in each of the ways to say it, the most usual first; none if nobody can say it.

    For words that somebody asks for: what is in doubt with all ways is plain with one. They may
    also end a line.
    """
    plain = normalized(text)[0]
    found: dict[tuple[str, str, str], VerseWord] = {}
    for way in pronunciations(text):
        stresses = stresses_of(way.sounds)
        if way.certain and stresses:
            tail, onset = rhyme_of_sounds(way.sounds)
            shape = _shape(plain, [stresses])
            leaning, vocal = plain in LEANING, way.sounds[0] in _VOWELS
            word = VerseWord(text, shape, len(stresses), tail, onset, leaning, vocal)
            if shape != DOUBTFUL:
                found.setdefault((shape, tail, onset), word)
    return list(found.values())


def _shape(plain: str, stresses: list[str]) -> str:
    if len({len(each) for each in stresses}) > 1:
        return DOUBTFUL
    if len(stresses[0]) == 1:
        if plain in ARTICLES:
            return "a"
        return "w" if plain in WEAK_WORDS else "f" if plain in FUNCTION_WORDS else "c"
    if any(each.count("1") != 1 for each in stresses):
        return DOUBTFUL
    # Secondary stresses may be said or not: the shape keeps those that all agree on as "2".
    if len({each.index("1") for each in stresses}) > 1:
        return DOUBTFUL
    return min(stresses) if len(stresses) == 1 else _agreed(stresses)


def _agreed(stresses: list[str]) -> str:
    """The stresses of pronunciations that differ in secondary ones: the heaviest of each."""
    order = "021"
    return "".join(max(column, key=order.index) for column in zip(*stresses))


def rhyme_of_sounds(sounds: str) -> tuple[str, str]:
    """The tail, without stress digits, and the onset of a pronunciation; ("", "") without stress."""
    stressed = [place for place, each in enumerate(sounds) if each in "12"]
    if not stressed:
        return "", ""
    vowel = stressed[-1] - 1
    before = vowel
    while before and not sounds[before - 1].isdigit():
        before -= 1
    tail = "".join(each for each in sounds[vowel:] if not each.isdigit())
    return tail, sounds[before:vowel]


@lru_cache(maxsize=1)
def left_out() -> frozenset[str]:
    """Words that are not written: abbreviations, dialect, insults, crude words."""
    lines = (FOLDER / "verse_left_out.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def common_verse_words(proper: frozenset[str] = frozenset()) -> Iterator[VerseWord]:
    """The words that verse is written with, the commonest first.

    Args:
        proper: capitalised words that are names; few of them are written.
    """
    for word in _packed_words():
        if not proper or not is_name(word.text, proper):
            yield word


def is_name(text: str, proper: frozenset[str]) -> bool:
    """Whether verse leaves a word out because it is a name."""
    plain = text.lower().replace("’", "'")
    base = plain.removesuffix("'s")
    if base.capitalize() not in proper and plain.capitalize() not in proper:
        return False
    return plain not in _SMALL and base not in _CAPITALS


@lru_cache(maxsize=1)
def _packed_words() -> tuple[VerseWord, ...]:
    """The words as they were packed: what the dictionary says of them need not be worked out."""
    lines = gzip.decompress(PACKED.read_bytes()).decode("utf-8").split("\n")
    found = []
    for line in lines:
        text, shape, syllables, tail, onset, marks = line.split("\t")
        found.append(
            VerseWord(text, shape, int(syllables), tail, onset, "l" in marks, "v" in marks)
        )
    return tuple(found)


def packed_words() -> str:
    """What the file of words says, worked out from the dictionary (`muse/data/verse_words.py`)."""
    lines = []
    for word in _words_of_the_dictionary():
        marks = "l" * word.leaning + "v" * word.vocal
        fields = (word.text, word.shape, word.syllables, word.tail, word.onset, marks)
        lines.append("\t".join(map(str, fields)))
    return "\n".join(lines)


def _words_of_the_dictionary() -> Iterator[VerseWord]:
    """The commonest words that are in no doubt, names among them."""
    out = left_out()
    for place, plain in enumerate(commonness()):
        if place >= COMMONEST:
            return
        if plain in out or (len(plain) == 1 and plain not in "aio"):
            continue
        if (plain[0] == "'" and plain not in _KEPT_ELISIONS) or plain[-1] == "'":
            continue
        base = plain.removesuffix("'s")
        text = plain.replace("'", "’")
        if base in _CAPITALS or plain == "i" or plain.startswith("i'"):
            text = text[0].upper() + text[1:]
        found = verse_word(plain, text)
        if found is not None:
            yield found
