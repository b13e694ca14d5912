"""Forms of English verse as tables: lines, metre, rhymes, refrains.

Conventions:
    A metre pattern is a string of `-` (weak place) and `+` (strong place), one sign a syllable.
    Lines with the same letter rhyme; lines without a letter need not rhyme. A letter that no other
    line has says that the line rhymes with none. Lines of the same refrain number say the same words.

After the definitions in The Princeton Encyclopedia of Poetry and Poetics (4th edition, 2012).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache

IAMBIC = {feet: "-+" * feet for feet in range(1, 9)}
LIMERICK_LONG, LIMERICK_SHORT = "-+--+--+", "-+--+"
FREE_SYLLABLES = (3, 12)
"""Fewest and most syllables of a line of free verse."""


@dataclass(frozen=True)
class FormLine:
    """What a form asks of a line.

    Attributes:
        metre: its pattern, or empty.
        syllables: how many; 0 leaves it open.
        rhyme: its letter, or empty.
        refrain: which refrain it is, from 1; 0 for none.
    """

    metre: str = ""
    syllables: int = 0
    rhyme: str = ""
    refrain: int = 0


Stanza = tuple[FormLine, ...]


@dataclass(frozen=True)
class EnglishForm:
    """A form of English verse.

    Attributes:
        name: what it is called.
        gloss: what it is, in a few words.
        stanzas: its lines. Of a form that `repeats` these are the stanza that comes again and
            again, each time with rhymes of its own.
        aliases: other names that people type.
        repeats: whether the number of stanzas is open.
        usual: how many lines a form that repeats has if nobody says.
        metre: the metre's name, or empty.
    """

    name: str
    gloss: str
    stanzas: tuple[Stanza, ...]
    aliases: tuple[str, ...] = ()
    repeats: bool = False
    usual: int = 0
    metre: str = ""

    def laid_out(self, lines: int | None = None, scheme: str = "") -> tuple[Stanza, ...]:
        """The stanzas of a poem of so many lines.

        Args:
            lines: how many; None for as many as the form usually has.
            scheme: letters that stand for the form's own: of one stanza, or of the whole poem;
                `-` or `x` for a line that rhymes with none.

        Raises:
            ValueError: if the form cannot have so many lines, or the scheme does not fit it.
        """
        stanzas = self._of_length(lines)
        return _rhymed(self, stanzas, scheme) if scheme else stanzas

    def _of_length(self, lines: int | None) -> tuple[Stanza, ...]:
        own = sum(map(len, self.stanzas))
        if not self.repeats:
            if lines not in (None, own):
                raise ValueError(f"a {self.name} has {own} lines, not {lines}")
            return self.stanzas
        count = self.usual if lines is None else lines
        if count < 1:
            raise ValueError(f"a poem has at least one line, not {count}")
        if own == 1:
            line = self.stanzas[0][0]
            return tuple((line,) * size for size in _stanza_sizes(count, self.name == "free verse"))
        if count % own:
            raise ValueError(f"{self.name} come in stanzas of {own} lines; {count} is no multiple")
        if own == 2:
            return (
                tuple(_lettered(self.stanzas[0], n)[i] for n in range(count // 2) for i in (0, 1)),
            )
        return tuple(_lettered(self.stanzas[0], n) for n in range(count // own))


def _stanza_sizes(count: int, parted: bool) -> list[int]:
    """One block, or stanzas of four to eight lines if a long poem is to be parted."""
    if not parted or count <= 10:
        return [count]
    number = -(-count // 7)
    return [count // number + (place < count % number) for place in range(number)]


def _lettered(stanza: Stanza, turn: int) -> Stanza:
    """The stanza with rhymes of its own: A B, then A2 B2."""
    suffix = str(turn + 1) if turn else ""
    return tuple(replace(line, rhyme=line.rhyme + suffix if line.rhyme else "") for line in stanza)


def _rhymed(form: EnglishForm, stanzas: tuple[Stanza, ...], scheme: str) -> tuple[Stanza, ...]:
    letters = [each for each in scheme.upper() if not each.isspace() and each not in ",/|"]
    if not all(each.isalpha() or each == "-" for each in letters):
        raise ValueError(f"a rhyme scheme is letters such as ABAB, not {scheme!r}")
    if any(line.refrain for stanza in stanzas for line in stanza):
        raise ValueError(f"the rhymes of a {form.name} cannot be changed: its lines come back")
    count = sum(map(len, stanzas))
    whole = len(letters) == count
    sizes = {len(stanza) for stanza in stanzas}
    if not whole and sizes != {len(letters)}:
        unit = len(letters) or 1
        if len(sizes) == 1 and count % unit == 0 and len(stanzas) == 1:
            flat = stanzas[0]
            stanzas = tuple(flat[at : at + unit] for at in range(0, count, unit))
        else:
            raise ValueError(f"the rhyme scheme {scheme} has {len(letters)} letters, "
                             f"the {form.name} {count} lines")  # fmt: skip
    signs = iter(letters if whole else letters * len(stanzas))
    found = []
    for turn, stanza in enumerate(stanzas):
        lines = []
        for place, line in enumerate(stanza):
            letter = next(signs)
            if letter in "-X":
                letter = f"x{turn}.{place}"
            elif not whole and turn:
                letter += str(turn + 1)
            lines.append(replace(line, rhyme=letter))
        found.append(tuple(lines))
    return tuple(found)


def _stanza(metres: str | Sequence[str], letters: str, refrains: str = "") -> Stanza:
    """A stanza of lines in one metre, or each in its own."""
    patterns = [metres] * len(letters) if isinstance(metres, str) else metres
    numbers = refrains or "0" * len(letters)
    return tuple(
        FormLine(pattern, len(pattern), "" if letter == "-" else letter, int(number))
        for pattern, letter, number in zip(patterns, letters, numbers)
    )


_FOUR, _THREE, _FIVE = IAMBIC[4], IAMBIC[3], IAMBIC[5]
_COMMON = (_FOUR, _THREE, _FOUR, _THREE)

FORMS = (
    EnglishForm("free verse", "lines of any length, unrhymed", ((FormLine(),),),
                ("free", "freeverse", "vers libre"), True, 8, "free"),
    EnglishForm("blank verse", "unrhymed iambic pentameter", (_stanza(_FIVE, "-"),),
                ("blank", "blankverse"), True, 10, "iambic"),
    EnglishForm("couplets", "iambic pentameter, rhymed in pairs", (_stanza(_FIVE, "AA"),),
                ("couplet", "heroic couplets", "heroic couplet", "aa"), True, 8, "iambic"),
    EnglishForm("quatrains", "stanzas of four iambic tetrameters, ABAB", (_stanza(_FOUR, "ABAB"),),
                ("quatrain", "quatrains abab", "quatrain abab", "abab", "long metre"), True, 8,
                "iambic"),
    EnglishForm("quatrains aabb", "stanzas of four iambic tetrameters, AABB",
                (_stanza(_FOUR, "AABB"),), ("quatrain aabb", "aabb"), True, 8, "iambic"),
    EnglishForm("quatrains abba", "stanzas of four iambic tetrameters, ABBA",
                (_stanza(_FOUR, "ABBA"),),
                ("quatrain abba", "abba", "in memoriam", "in memoriam stanzas"), True, 8, "iambic"),
    EnglishForm("heroic quatrains", "stanzas of four iambic pentameters, ABAB",
                (_stanza(_FIVE, "ABAB"),), ("heroic quatrain", "elegiac stanzas"), True, 8,
                "iambic"),
    EnglishForm("common metre", "iambic lines of 8, 6, 8, 6 syllables, ABAB",
                (_stanza(_COMMON, "ABAB"),), ("common meter", "hymn"), True, 8, "iambic"),
    EnglishForm("ballad", "iambic lines of 8, 6, 8, 6 syllables, ABCB",
                (_stanza(_COMMON, "ABCB"),), ("ballad metre", "ballad meter", "ballad stanzas"),
                True, 12, "iambic"),
    EnglishForm("limerick", "five lines of amphibrachs, AABBA",
                (_stanza((LIMERICK_LONG, LIMERICK_LONG, LIMERICK_SHORT, LIMERICK_SHORT,
                          LIMERICK_LONG), "AABBA"),), ("limericks",), metre="amphibrachic"),
    EnglishForm("haiku", "three lines of 5, 7, 5 syllables",
                ((FormLine(syllables=5), FormLine(syllables=7), FormLine(syllables=5)),),
                ("haikus", "hokku"), metre="free"),
    EnglishForm("Shakespearean sonnet", "fourteen iambic pentameters, ABABCDCDEFEFGG",
                (_stanza(_FIVE, "ABABCDCDEFEFGG"),),
                ("sonnet", "shakespearean", "english sonnet", "shakespeare sonnet",
                 "shakespearian sonnet"), metre="iambic"),
    EnglishForm("Petrarchan sonnet", "fourteen iambic pentameters, ABBAABBA CDECDE",
                (_stanza(_FIVE, "ABBAABBA"), _stanza(_FIVE, "CDECDE")),
                ("petrarchan", "italian sonnet", "petrarch sonnet"), metre="iambic"),
    EnglishForm("villanelle", "five tercets and a quatrain in iambic pentameter, with two refrains",
                (_stanza(_FIVE, "ABA", "102"), _stanza(_FIVE, "ABA", "001"),
                 _stanza(_FIVE, "ABA", "002"), _stanza(_FIVE, "ABA", "001"),
                 _stanza(_FIVE, "ABA", "002"), _stanza(_FIVE, "ABAA", "0012")),
                ("villanelles",), metre="iambic"),
)  # fmt: skip
"""All forms that can be asked for."""

ACROSTIC = ("acrostic", "acrostics")
"""Free verse whose first letters spell a word."""


@lru_cache(maxsize=1)
def _by_name() -> dict[str, EnglishForm]:
    names = {name.lower(): form for form in FORMS for name in (form.name, *form.aliases)}
    return names | dict.fromkeys(ACROSTIC, names["free verse"])


def form_named(name: str) -> EnglishForm:
    """The form of that name, as people type it.

    Raises:
        ValueError: if there is none; the message names the nearest, or all.
    """
    wanted = " ".join(name.lower().replace("-", " ").replace("_", " ").split())
    wanted = wanted.replace("(", "").replace(")", "")
    known = _by_name()
    if wanted in known:
        return known[wanted]
    near = get_close_matches(wanted[:60], known, n=3, cutoff=0.7)
    told = " or ".join(near) if near else ", ".join(form.name for form in FORMS)
    asked = "did you mean" if near else "there are"
    raise ValueError(f"no such form: {name[:60]!r}; {asked} {told}" + ("?" if near else ""))
