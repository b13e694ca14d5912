"""Words built from known words: endings and beginnings, and what they do to spelling and sound.

The sounds of -s and -ed follow the last sound of the stem (Jespersen, A Modern English Grammar VI);
archaic -eth and -est, and the stressed -èd of older verse, add a syllable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from muse.theory.lexicon import commonness
from muse.theory.phonemes import SIBILANTS, VOICELESS

Lookup = Callable[[str], tuple[str, ...]]
"""A word's ways to sound; none if it is not known."""

VOWEL_LETTERS = "aeiouy"

# Ending, its sounds, and whether the last letter of a stem changes before it ("love" + "ing").
_ENDINGS: tuple[tuple[str, str, bool], ...] = (
    ("s", "+s", False), ("es", "+s", True), ("ed", "+d", True), ("ing", "i0N", True),
    ("er", "R0", True), ("ers", "R0z", True), ("or", "R0", True), ("est", "u0st", True),
    ("eth", "u0T", True), ("t", "+t", True), ("ly", "lY0", False), ("less", "lu0s", False),
    ("ness", "nu0s", False), ("ful", "fu0l", False), ("some", "su0m", False),
    ("ward", "wR0d", False), ("wards", "wR0dz", False), ("like", "lI2k", False),
    ("ship", "Si2p", False), ("hood", "hU2d", False), ("dom", "du0m", False),
    ("man", "mu0n", False), ("men", "mu0n", False), ("en", "u0n", True), ("ish", "i0S", True),
    ("y", "Y0", True), ("let", "lu0t", False), ("ling", "li0N", False), ("able", "u0bu0l", True),
    ("ment", "mu0nt", False), ("ry", "rY0", False), ("ery", "R0Y0", True), ("ous", "u0s", True),
    ("ie", "Y0", True), ("ess", "u0s", True), ("age", "i0j", True), ("most", "mO2st", False),
    ("fold", "fO2ld", False), ("wise", "wI2z", False), ("ist", "i0st", True),
    ("ism", "i2zu0m", True), ("ance", "u0ns", True), ("th", "T", False),
    ("smith", "smi2T", False), ("tide", "tI2d", False),
)  # fmt: skip
_FREE = ("s", "es", "ed", "ing", "er", "ers", "est", "eth", "ly", "less", "ness")
_FEWEST = 12
"""How often a base must stand in poems for an ending that is not one of the free ones; so that
mischance is not "mish" and -ance."""
_BEGINNINGS = {
    "un": "u0n", "re": "rY0", "over": "O2vR0", "out": "H2t", "under": "u2ndR0", "fore": "fo2r",
    "mis": "mi0s", "dis": "di0s", "be": "bi0", "up": "u2p", "in": "i0n", "non": "na2n",
    "en": "e0n", "em": "e0m", "inter": "i2ntR0", "a": "u0", "pre": "prY0",
    "o'er": "o2r", "im": "i0m", "well": "we2l", "ever": "e2vR0", "never": "ne2vR0",
}  # fmt: skip
_SHORTEST = {"a": 4, "re": 4, "in": 4, "en": 4, "em": 4, "be": 4, "up": 3, "im": 4}
"""How long the rest of a word must be for a beginning that many words have by chance."""


def with_s(sounds: str) -> str:
    """Plural, third person or possessive: cats, dogs, roses."""
    if sounds[-1:] in SIBILANTS:
        return sounds + "i0z"
    return sounds + ("s" if sounds[-1:] in VOICELESS else "z")


def with_d(sounds: str, sounded: bool = False) -> str:
    """Past tense: walked, loved, waited; `sounded` gives -èd its own syllable."""
    if sounded or sounds[-1:] in "td":
        return sounds + "i0d"
    return sounds + ("t" if sounds[-1:] in VOICELESS else "d")


def from_endings(word: str, look_up: Lookup, sounded: bool = False) -> Iterator[str]:
    """The sounds of `word` taken as a known word and an ending.

    Args:
        word: in small letters.
        look_up: the sounds of known words.
        sounded: an -ed is a syllable of its own.
    """
    common = commonness()
    found: list[tuple[int, int, str, str]] = []
    for ending, sounds, vowel in _ENDINGS:
        if not word.endswith(ending) or len(word) < len(ending) + 2:
            continue
        bases = [each for each in _stems(word[: -len(ending)], vowel, ending) if look_up(each)]
        if bases:
            base = likeliest(bases)
            count = common.get(base, 0)
            if count >= _FEWEST or (ending in _FREE and (len(base) > 3 or count)):
                found.append((count, len(ending), base, sounds))
    for _, _, base, sounds in sorted(found, reverse=True)[:1]:
        yield from (_joined(base, each, sounds, sounded) for each in look_up(base))


def likeliest(words: Sequence[str]) -> str:
    """The word that is commonest in poems; the first if none is there.

    "lov'd" is love, not the surname Lov; "breathed" and "breath'd" are breathe, though breath is
    commoner.
    """
    for word in words:
        if word.endswith("the") and word in commonness():
            return word
    return max(words, key=lambda word: commonness().get(word, 0))


def _stems(stem: str, vowel: bool, ending: str) -> Iterator[str]:
    """Known words that lose, gain or change their last letter before an ending."""
    if ending == "s":
        if stem[-1] not in "su'":
            yield stem
        return
    if ending == "es":
        if stem.endswith(("s", "z", "x", "ch", "sh", "o")):
            yield stem
        elif stem.endswith("i"):
            yield stem[:-1] + "y"
        elif stem.endswith("v"):
            yield from (stem[:-1] + "f", stem[:-1] + "fe")
        return
    if ending == "t":
        # Older prints write drest, mixt, tost, dropt.
        if stem[-1] in "pskx" or stem.endswith(("ch", "sh")):
            yield from (stem, stem + "e", stem + stem[-1])
        return
    if ending == "th" and stem[-1] not in "nxe":
        return
    if vowel:
        doubled = len(stem) > 2 and stem[-1] == stem[-2]
        short = len(stem) > 1 and stem[-1] not in VOWEL_LETTERS and stem[-2] in VOWEL_LETTERS
        # "caned" is cane, not can; "canned" is can; "wandered" is wander.
        yield from (stem + "e", stem) if short else (stem, stem + "e")
        if doubled:
            yield stem[:-1]
        if stem.endswith("ck"):
            yield stem[:-1]
    else:
        yield stem
        yield stem + "e"
        if stem[-1] == ending[0]:
            yield stem[:-1]
        yield stem + stem[-1]
        if ending == "ly":
            yield stem + "le"
    if stem.endswith("i"):
        yield stem[:-1] + "y"


def _joined(base: str, stem: str, ending: str, sounded: bool) -> str:
    if ending == "+s":
        return with_s(stem)
    if ending in ("+d", "+t"):
        return with_d(stem, sounded)
    if ending == "lY0" and base.endswith("le") and stem.endswith("u0l"):
        return stem[:-3] + ending
    if stem[-1:] == ending[0]:
        return stem + ending[1:]
    return stem + ending


def from_beginnings(word: str, look_up: Lookup) -> Iterator[str]:
    """The sounds of `word` taken as a beginning and a known word."""
    for beginning, sounds in sorted(_BEGINNINGS.items(), key=lambda each: -len(each[0])):
        rest = word[len(beginning) :].lstrip("-")
        if word.startswith(beginning) and len(rest) >= _SHORTEST.get(beginning, 3):
            for known in look_up(rest):
                yield sounds + known


_RESPELLED = (
    (r"our(?=$|s$|ed$|ing$|er$|ers$|less$|able$|ite$|ful$|y$)", "or"),
    (r"is(?=e$|es$|ed$|ing$|er$|ers$)", "iz"),
    (r"yse", "yze"),
    (r"tre(?=$|s$|d$)", "ter"),
    (r"(?<=[aeiou])ll(?=ed$|ing$|er$|ers$|ery$)", "l"),
    (r"ence$", "ense"),
    (r"ae|oe", "e"),
    (r"xion", "ction"),
    (r"^(.*)ogue$", r"\1og"),
    (r"v(?=[^aeiouy])|^v(?=[npst])", "u"),
    (r"(?<=[aeo])u(?=[aeiy])", "v"),
    (r"(?<=[^aeiou])ie$", "y"),
    (r"((?:[aeiou]{2}|[b-df-hj-np-tw-z])[bdfhj-nprtw])(?<!th)e$", r"\1"),
    (r"^fy", "fi"),
    (r"y(?=[nm][gd])", "i"),
)
"""British to American spelling, and the loose spelling of old prints: loue, vnto, againe, ladie."""


def respelled(word: str) -> Iterator[str]:
    """The same word as an American dictionary may spell it."""
    for pattern, new in _RESPELLED:
        other = re.sub(pattern, new, word)
        if other != word:
            yield other
