"""Numbers written out, as they are said."""

from __future__ import annotations

import re

_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_SMALL = _TO_NINETEEN.split()
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_LARGE = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_NUMBER = re.compile(r"(\d+(?:,\d{3})*)(?:\.(\d+))?(st|nd|rd|th|s)?")
_LONGEST = 15
"""Longer numbers are read digit by digit."""


def number_words(text: str) -> tuple[list[str], ...]:
    """The ways to say a number; none if the text is no number.

    `"21"` is twenty one; `"1066"` is ten sixty six or one thousand and sixty six or the same
    without "and"; `"4th"` is fourth; `"2.5"` is two point five.
    """
    match = _NUMBER.fullmatch(text)
    if not match or not text.isascii():
        return ()
    digits, decimals, ending = match[1].replace(",", ""), match[2], match[3]
    if len(digits) > _LONGEST or (len(digits) > 1 and digits[0] == "0"):
        return ([_SMALL[int(each)] for each in digits + (decimals or "")],)
    ways = [_cardinal(int(digits))]
    if "and" in ways[0]:
        ways.append([word for word in ways[0] if word != "and"])
    if len(digits) == 4 and not decimals and "," not in text and "10" <= digits[:2] <= "20":
        ways = [*_year(int(digits)), *ways]
    if decimals:
        ways = [[*way, "point", *(_SMALL[int(each)] for each in decimals)] for way in ways]
    if ending in ("st", "nd", "rd", "th"):
        ways = [[*way[:-1], _ordinal(way[-1])] for way in ways]
    elif ending == "s":
        ways = [[*way[:-1], _plural(way[-1])] for way in ways]
    return tuple(ways)


def _cardinal(n: int) -> list[str]:
    if n < 20:
        return [_SMALL[n]]
    if n < 100:
        return [_TENS[n // 10], *([_SMALL[n % 10]] if n % 10 else [])]
    if n < 1000:
        rest = ["and", *_cardinal(n % 100)] if n % 100 else []
        return [_SMALL[n // 100], "hundred", *rest]
    size, name = next((size, name) for size, name in _LARGE if n >= size)
    low = n % size
    rest = [*(["and"] if low < 100 else []), *_cardinal(low)] if low else []
    return [*_cardinal(n // size), name, *rest]


def _year(n: int) -> list[list[str]]:
    high, low = divmod(n, 100)
    if low == 0:
        return [[*_cardinal(high), "hundred"]] if high % 10 else []
    if low < 10:
        return [[*_cardinal(high), "oh", _SMALL[low]]]
    return [[*_cardinal(high), *_cardinal(low)]]


def _ordinal(word: str) -> str:
    if word in _ORDINALS:
        return _ORDINALS[word]
    return (word[:-1] + "ie" if word.endswith("y") else word) + "th"


def _plural(word: str) -> str:
    if word == "six":
        return "sixes"
    return word[:-1] + "ies" if word.endswith("y") else word + "s"
