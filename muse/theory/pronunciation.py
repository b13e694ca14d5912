"""How English words are said: the dictionary, then rules that build on it, then the spelling.

`pronunciations` looks a word up; failing that it takes it apart (possessives, 'd and 'st, elisions
such as o'er and heav'n, endings, beginnings, hyphens, compounds, numbers, older spellings), and only
at last guesses from the letters, which the answer says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice, product

from muse.theory.affixes import (
    from_beginnings,
    from_endings,
    likeliest,
    respelled,
    with_d,
    with_s,
)
from muse.theory.lexicon import commonness, dictionary
from muse.theory.number_words import number_words
from muse.theory.phonemes import Pronunciation, stresses_of
from muse.theory.spelling import from_spelling, is_spelled_out

MOST = 8
"""More ways to say a word are left out."""
LONGEST = 45
"""Longer words are said by their spelling only, so that no text can take long."""
_MOST_LETTERS = 2000
DEEPEST = 3
"""How many endings and beginnings a word can have."""

_LETTERS = str.maketrans({
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "æ": "ae", "œ": "oe",
    "ø": "o", "ß": "ss", "ð": "th", "þ": "th", "ł": "l", "ſ": "s", "đ": "d", "ı": "i",
})  # fmt: skip
_CONTRACTED = {
    "'ll": "l", "'ve": "v", "'re": "R0", "'m": "m", "'st": "st", "'t": "t", "'rt": "rt",
    "'lt": "lt", "'em": "u0m", "e'er": "e0r", "soe'er": "sO0e1r",
}  # fmt: skip
_PROCLITIC = {"th'": "D", "t'": "t", "o'": "u0", "i'": "i0", "'t": "t", "d'": "d", "y'": "y"}
_VOWELS = ("a", "e", "i", "o", "u")
_COMMON_PART = 100
"""How often, in poems, the parts of a compound must stand."""


def pronunciations(word: str) -> tuple[Pronunciation, ...]:
    """The ways to say one word, the most usual first; none if it holds no letter or digit.

    Never empty for Latin letters: what no rule reaches is guessed from the spelling, and its
    `certain` is False.
    """
    plain, sounded = normalized(word)
    return _pronunciations(plain, sounded)


def is_known(word: str) -> bool:
    """Whether the dictionary, or a rule that builds on it, can say the word."""
    found = pronunciations(word)
    return bool(found) and found[0].certain


def normalized(word: str) -> tuple[str, bool]:
    """The word in small plain letters, and whether an accent (blessèd) makes -ed a syllable."""
    word = unicodedata.normalize("NFKC", word.strip()).lower().translate(_LETTERS)
    sounded = re.search(r"[èé]d$", word) is not None
    plain = "".join(
        each for each in unicodedata.normalize("NFD", word) if not unicodedata.combining(each)
    )
    return re.sub(r"[^a-z0-9'.,-]", "", plain).strip(".,-"), sounded


@lru_cache(maxsize=50_000)
def _pronunciations(word: str, sounded: bool) -> tuple[Pronunciation, ...]:
    bare = word.strip("'")
    if not bare:
        return ()
    if len(word) <= LONGEST:
        for form in dict.fromkeys((word, bare)):
            found = () if sounded else _looked_up(form)
            if found:
                return tuple(Pronunciation(each) for each in found[:MOST])
        for form in dict.fromkeys((word, bare)):
            if found := _derived(form, DEEPEST, sounded):
                return tuple(Pronunciation(each, "derived") for each in found[:MOST])
    letters = re.sub(r"[^a-z]", "", word)[:_MOST_LETTERS]
    if not letters:
        return (Pronunciation(_digit_by_digit(word), "spelling"),)
    return tuple(Pronunciation(each, "spelling") for each in from_spelling(letters)[:MOST])


def _looked_up(word: str) -> tuple[str, ...]:
    """What the dictionary says; "us" as an abbreviation only if there is nothing else."""
    ways = dictionary().get(word, "").split()
    words = [each for each in ways if not is_spelled_out(word, each)] if len(word) < 5 else ways
    return tuple(words or ways)


@lru_cache(maxsize=50_000)
def _derived(word: str, depth: int, sounded: bool = False) -> tuple[str, ...]:
    """The sounds of a word that is not in the dictionary itself; none if no rule fits."""

    def look_up(part: str) -> tuple[str, ...]:
        if len(part) < 2:
            return ()
        return _looked_up(part) or (_derived(part, depth - 1) if depth > 1 else ())

    def endings() -> Iterator[str]:
        return from_endings(word, look_up, sounded)

    def older_spellings() -> Iterator[str]:
        return (each for other in respelled(word) for each in look_up(other))

    rules: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _numbers(word),
        lambda: _contracted(word, look_up),
        lambda: _elided(word, look_up),
        lambda: _hyphened(word, look_up),
        endings,
        lambda: from_beginnings(word, look_up),
        lambda: _compound(word),
        older_spellings,
    )
    for rule in rules:
        if found := tuple(dict.fromkeys(islice(rule(), MOST))):
            return found
    return ()


def _numbers(word: str) -> Iterator[str]:
    for way in number_words(word):
        parts = (_looked_up(each) or _derived(each, 1) or from_spelling(each) for each in way)
        yield "".join(part[0] for part in parts)


def _digit_by_digit(word: str) -> str:
    """The digits of 0,0 or 1.2.3, whatever marks stand between them."""
    digits = re.sub(r"[^0-9]", "", word)[:_MOST_LETTERS]
    return "".join(next(_numbers(digit)) for digit in digits)


def _contracted(word: str, look_up: Callable[[str], tuple[str, ...]]) -> Iterator[str]:
    """Love's, dogs', fix'd, think'st, thou'lt, is't; th'eternal, t'other, i'th'; goin'."""
    if "'" not in word:
        return
    if word.endswith("'s"):
        yield from (with_s(each) for each in look_up(word[:-2]))
    elif word.endswith("s'"):
        yield from look_up(word[:-1])
    elif word.endswith("in'"):
        yield from (each[:-1] + "n" for each in look_up(word[:-1] + "g"))
    elif word.endswith("'d"):
        stem = word[:-2]
        doubled = len(stem) > 2 and stem[-1] == stem[-2]
        bases = [stem, stem + "e", stem[:-1] + "y" if stem.endswith("i") else stem]
        bases = [base for base in (*bases, stem[:-1] if doubled else stem) if look_up(base)]
        if bases:
            yield from (with_d(each) for each in look_up(likeliest(bases)))
    for ending, sounds in _CONTRACTED.items():
        if word.endswith(ending):
            bases = [word[: -len(ending)], word[: -len(ending)] + "e"]
            if bases := [base for base in bases if look_up(base)]:
                yield from (each + sounds for each in look_up(likeliest(bases)))
    for beginning, sounds in _PROCLITIC.items():
        rest = word[len(beginning) :]
        if word.startswith(beginning) and rest:
            if rest in _PROCLITIC:
                yield sounds + _PROCLITIC[rest]
            yield from (sounds + each for each in look_up(rest))


def _elided(word: str, look_up: Callable[[str], tuple[str, ...]]) -> Iterator[str]:
    """Heav'n, wand'ring, th'eternal's like: put the letter back, then take its vowel away."""
    place = word.find("'")
    if place <= 0 or place == len(word) - 1:
        return
    before, after = word[:place], word[place + 1 :]
    if after.count("'") > 1:
        return
    for find in (_looked_up, look_up):
        for letter in ("e", "o", "i", "a", "u", "v", "l", "th", ""):
            found = find(before + letter + after)
            if letter in _VOWELS:
                found = tuple(filter(None, (_without_vowel(each, before) for each in found)))
            if found:
                yield from found
                return


def _without_vowel(sounds: str, before: str) -> str:
    """Drop the unstressed vowel that stands nearest behind the sounds of `before`."""
    groups = len(re.findall(r"[aeiouy]+", before))
    weak = [match.start() for match in re.finditer(r"[A-Za-z]0", sounds)]
    order = [match.start() for match in re.finditer(r"[A-Za-z]\d", sounds)]
    if not weak or len(order) < 2:
        return ""
    place = min(weak, key=lambda start: abs(order.index(start) - groups))
    kept = "r" if sounds[place] == "R" else ""
    return sounds[:place] + kept + sounds[place + 2 :]


def _hyphened(word: str, look_up: Callable[[str], tuple[str, ...]]) -> Iterator[str]:
    parts = [part for part in word.split("-") if part]
    if len(parts) < 2:
        return
    ways = [
        look_up(part)
        or _looked_up(part.strip("'"))
        or tuple(_numbers(part))
        or from_spelling(re.sub("[^a-z]", "", part))
        for part in parts
    ]
    found = ("".join(way) for way in islice(product(*(way[:3] for way in ways if way)), MOST))
    yield from filter(None, found)


def _compound(word: str) -> Iterator[str]:
    """Two common words written as one: moonlit, dewdrop. The stress of the second is lesser."""
    common = commonness()
    cuts = [
        (min(common.get(word[:cut], 0), common.get(word[cut:], 0)), cut)
        for cut in range(3, len(word) - 2)
    ]
    if not cuts or not word.isalpha():
        return
    count, cut = max(cuts)
    if count < _COMMON_PART:
        return
    for first, second in product(_looked_up(word[:cut])[:2], _looked_up(word[cut:])[:2]):
        if stresses_of(first):
            yield first + second.replace("1", "2")
