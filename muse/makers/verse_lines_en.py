"""What is asked of each line of an English poem: its form's rules, and what the wish fixes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from muse.makers.poem_wishes import PoemWish
from muse.theory.forms_en import ACROSTIC, EnglishForm, FormLine, form_named
from muse.theory.lexicon import nearest_words
from muse.theory.pronunciation import is_known, normalized, pronunciations
from muse.theory.scans import LineScan, PoemScan
from muse.theory.scansion import scan_text
from muse.tokens.english_values import RHYME_REACH, LineLabel
from muse.tokens.units import is_word, units_of
from muse.works.base import WishError
from muse.works.poem import Poem


@dataclass(frozen=True)
class AskedLine:
    """A line of the poem that is wished for.

    Attributes:
        form: what its form asks.
        text: as it stands already; None if it is to be written.
        letter: what it begins with, small; or empty.
        word: what stands in it, or empty.
        end: the word that it ends in, or empty.
    """

    form: FormLine
    text: str | None = None
    letter: str = ""
    word: str = ""
    end: str = ""


@dataclass(frozen=True)
class AskedPoem:
    """All that is asked of a poem.

    Attributes:
        stanzas: its lines.
        form: its form's name.
        tag: its form, as the tokens have it.
        metre: its metre's name, or empty.
        strict: whether a rhyme that cannot be met is refused; else its lines go without.
    """

    stanzas: tuple[tuple[AskedLine, ...], ...]
    form: str
    tag: str
    metre: str = ""
    strict: bool = True
    lines: tuple[AskedLine, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", tuple(line for s in self.stanzas for line in s))


_TAGS = {
    "free verse": "free", "blank verse": "blank", "couplets": "couplets", "quatrains": "quatrains",
    "quatrains aabb": "quatrains", "quatrains abba": "quatrains", "heroic quatrains": "quatrains",
    "common metre": "ballad", "ballad": "ballad", "limerick": "limerick", "haiku": "haiku",
    "Shakespearean sonnet": "sonnet", "Petrarchan sonnet": "sonnet", "villanelle": "villanelle",
}  # fmt: skip


def asked_poem(wish: PoemWish) -> AskedPoem:
    """The lines of a new poem.

    Raises:
        WishError: if the form is unknown, or what is fixed does not fit it.
    """
    letters = acrostic_letters(wish.acrostic)
    form = _form(wish, letters)
    lines = wish.lines
    if lines is None and form.repeats:
        most = max([0, *wish.ends, *wish.words, *wish.locked])
        lines = len(letters) or None
        if lines is None and len(form.stanzas[0]) == 1 and most > form.usual:
            lines = most
    try:
        stanzas = form.laid_out(lines, wish.rhyme)
    except ValueError as error:
        option = "--rhyme" if "scheme" in str(error) else "--lines" if wish.lines else "--acrostic"
        raise WishError(f"{option}: {error}") from error
    count = sum(map(len, stanzas))
    if letters and len(letters) != count:
        raise WishError(
            f"--acrostic {wish.acrostic}: it has {len(letters)} letters, the {form.name} {count} lines"
        )
    return _asked(stanzas, form, wish, letters, wish.locked)


def _form(wish: PoemWish, letters: str) -> EnglishForm:
    name = wish.form.strip()
    if not name:
        if letters:
            name = "free verse"
        elif wish.lines is None or wish.lines % 4 == 0:
            name = "quatrains"
        else:
            name = "free verse" if wish.lines % 2 else "couplets"
    if name.lower() in ACROSTIC and not letters:
        raise WishError(
            "--form acrostic needs --acrostic WORD: what the lines' first letters spell"
        )
    try:
        return form_named(name)
    except ValueError as error:
        raise WishError(f"--form: {error}") from error


def acrostic_letters(text: str) -> str:
    """The letters that the lines begin with, small. Raises WishError for signs that are none."""
    letters = [each for each in text.lower() if not each.isspace()]
    wrong = next((each for each in letters if not "a" <= each <= "z"), None)
    if wrong is not None:
        raise WishError(f"--acrostic takes the letters A to Z, not {wrong!r}")
    return "".join(letters)


def _asked(
    stanzas: Sequence[Sequence[FormLine]], form: EnglishForm, wish: PoemWish, letters: str,
    texts: Mapping[int, str],
) -> AskedPoem:  # fmt: skip
    count = sum(map(len, stanzas))
    for option, wished in (("ends", wish.ends), ("words", wish.words), ("locked", texts)):
        for number in wished:
            if not 1 <= number <= count:
                raise WishError(f"--{option} {number}: the {form.name} has lines 1 to {count}")
    ends = {n: _one_word("ends", n, text) for n, text in wish.ends.items()}
    words = {n: _one_word("words", n, text) for n, text in wish.words.items()}
    lines = []
    for number, line in enumerate((line for stanza in stanzas for line in stanza), 1):
        text = texts.get(number)
        if text is not None and not any(map(is_word, units_of(text))):
            raise WishError(f"line {number} is to stay as it is, but there is no word in it")
        asked = AskedLine(
            line, text, letters[number - 1] if letters else "",
            words.get(number, ""), ends.get(number, ""),
        )  # fmt: skip
        if text is not None:
            _check_given(number, asked)
        lines.append(asked)
    merged = iter(_with_refrains(lines))
    tag = _TAGS[form.name] if not wish.rhyme else "poem"
    return AskedPoem(
        tuple(tuple(next(merged) for _ in stanza) for stanza in stanzas), form.name, tag, form.metre
    )


def _one_word(option: str, number: int, text: str) -> str:
    """A fixed word in small letters. Raises WishError if it is not one word that can be said."""
    units = units_of(text)
    if len(units) != 1 or not is_word(units[0]):
        raise WishError(f"--{option} {number}:{text}: one word can be fixed, without marks")
    word = units[0]
    if not is_known(word):
        near = ", ".join(nearest_words(normalized(word)[0])[:3])
        told = f"; near: {near}" if near else ""
        raise WishError(
            f"--{option} {number}:{text}: the word is not in the dictionary, so nobody knows its "
            f"syllables{told}"
        )
    return word


def _check_given(number: int, line: AskedLine) -> None:
    """Raise WishError if a line that stays does not have what else is asked of it."""
    words = [unit.lower() for unit in units_of(line.text or "") if is_word(unit)]
    first = next((each for each in words[0] if each.isalpha()), "")
    if line.letter and first != line.letter:
        raise WishError(f"line {number} is given and does not begin with {line.letter.upper()}")
    if line.word and line.word.lower() not in words:
        raise WishError(f"line {number} is given and does not hold {line.word!r}")
    if line.end and line.end.lower() != words[-1]:
        raise WishError(f"line {number} is given and does not end in {line.end!r}")


def _with_refrains(lines: list[AskedLine]) -> list[AskedLine]:
    """What is asked of one line of a refrain is asked of all. Raises WishError if they differ."""
    found = list(lines)
    for refrain in sorted({line.form.refrain for line in lines} - {0}):
        places = [n for n, line in enumerate(lines) if line.form.refrain == refrain]
        told = " and ".join(str(n + 1) for n in places)
        common = {}
        for name in ("text", "letter", "word", "end"):
            said = {getattr(lines[n], name) for n in places} - {None, ""}
            if name == "text":
                said = {_words(text): text for text in said}.values()  # type: ignore[assignment]
            if len(said) > 1:
                raise WishError(f"lines {told} are one refrain: they cannot differ")
            common[name] = next(iter(said), None)
        for n in places:
            copy = common["text"] and _ended(common["text"], n == len(lines) - 1)
            found[n] = AskedLine(
                found[n].form, found[n].text or copy, common["letter"] or "",
                common["word"] or "", common["end"] or "",
            )  # fmt: skip
            if found[n].text is not None:
                _check_given(n + 1, found[n])
    return found


def _ended(text: str, last: bool) -> str:
    """A refrain that comes again; where it ends the poem, with a full stop if it has no end."""
    if not last or text.rstrip("’”)")[-1:] in (".", "!", "?"):
        return text
    return text.rstrip(" ,;:—–-") + "."


def _words(text: str) -> tuple[str, ...]:
    return tuple(unit.lower() for unit in units_of(text) if is_word(unit))


# Lines written anew ----------------------------------------------------------------------------


def asked_again(poem: Poem, numbers: Sequence[int], wish: PoemWish) -> AskedPoem:
    """The lines of a poem of which some are written anew.

    A poem whose form is not said, or that does not have its form's lines, is scanned: its new
    lines get the syllables, and if it has one the metre, of the old, and rhyme where these did.

    Raises:
        WishError: if what is fixed does not fit.
    """
    form, stanzas = _form_of(poem, wish)
    flat = [line for stanza in stanzas for line in stanza]
    missing = set(numbers)
    refrains = {flat[n - 1].refrain for n in missing} - {0}
    missing |= {n for n, line in enumerate(flat, 1) if line.refrain in refrains}
    for n in sorted(missing & set(poem.locked)):
        raise WishError(f"line {n} is locked and says again a line that is to be written anew")
    texts = {n: text for n, text in enumerate(poem.lines, 1) if n not in missing}
    letters = acrostic_letters(wish.acrostic)
    if letters and len(letters) != len(flat):
        raise WishError(f"--acrostic {wish.acrostic}: the poem has {len(flat)} lines")
    if form is not None:
        return _asked(stanzas, form, wish, letters, texts)
    shell = EnglishForm("free verse", "", ())
    found = _asked(stanzas, shell, wish, letters, texts)
    return replace(found, form=poem.form, tag="poem", strict=False)


def _form_of(
    poem: Poem, wish: PoemWish
) -> tuple[EnglishForm | None, tuple[tuple[FormLine, ...], ...]]:
    """A poem's form and its lines; no form if it has to be scanned."""
    lengths = [len(stanza) for stanza in poem.stanzas]
    name = wish.form or poem.form
    try:
        form = form_named(name) if name else None
        laid = form.laid_out(len(poem.lines), wish.rhyme) if form else ()
    except ValueError as error:
        if wish.form:
            raise WishError(f"--form: {error}") from error
        form, laid = None, ()
    if form is not None and (wish.form or _is_kept(form, laid, poem)):
        lines = iter(line for stanza in laid for line in stanza)
        return form, tuple(tuple(next(lines) for _ in range(size)) for size in lengths)
    return None, scanned_lines(poem)


def _is_kept(form: EnglishForm, laid: Sequence[Sequence[FormLine]], poem: Poem) -> bool:
    """Whether a poem's lines have the syllables of its form; a stranger's may not."""
    flat = [line for stanza in laid for line in stanza]
    wanted = [line.syllables for line in flat]
    return all(not count or count in _counts(text) for count, text in zip(wanted, poem.lines))


def _counts(text: str) -> set[int]:
    """The numbers of syllables that a line can have."""
    sums = {0}
    for word in _words(text):
        ways = {each.syllables for each in pronunciations(word)} or {0}
        sums = {a + b for a in sums for b in ways}
    return sums


def scanned_lines(poem: Poem) -> tuple[tuple[FormLine, ...], ...]:
    """What the lines of a poem are by their scansion."""
    found = []
    try:
        scan: PoemScan | None = scan_text(poem.text)
    except ValueError:
        scan = None
    lines = {line.text.strip(): line for s in scan.stanzas for line in s.lines} if scan else {}
    for number, stanza in enumerate(poem.stanzas):
        row = []
        for text in stanza:
            line = lines.get(text.strip())
            if line is None or not line.natural:
                row.append(FormLine())
                continue
            letter = f"{line.letter}.{_part(scan, number)}" if line.letter else ""
            if line.rhyme not in ("perfect", "identical"):
                letter = ""
            metre = _metre(line)
            row.append(FormLine(metre, len(metre) or min(line.natural, 20), letter))
        found.append(tuple(row))
    return tuple(found)


def _part(scan: PoemScan | None, stanza: int) -> int:
    """0 if the letters of a poem run on from stanza to stanza, else the stanza's number."""
    schemes = [each.scheme for each in scan.stanzas] if scan else []
    return 0 if any(not scheme.startswith("A") for scheme in schemes if scheme) else stanza


_FEET = {"iambic": "-+", "trochaic": "+-", "anapaestic": "--+", "dactylic": "+--",
         "amphibrachic": "-+-"}  # fmt: skip


def _metre(line: LineScan) -> str:
    """A scanned line's pattern if it is whole feet, or one light syllable more or less."""
    foot = _FEET.get(line.meter or "", "")
    count = len(line.syllables)
    if not foot or not line.feet or count > 20:
        return ""
    whole = foot * line.feet
    for pattern in (whole, whole + "-", whole[:-1], whole[1:]):
        if len(pattern) == count and "+" in pattern:
            return pattern
    return ""


def labels(lines: Sequence[AskedLine]) -> list[LineLabel]:
    """The label that the tokens give each line."""
    letters = [line.form.rhyme for line in lines]
    found = []
    for n, line in enumerate(lines):
        letter, rhyme = letters[n], "none"
        if letter:
            back = next((d for d in range(1, n + 1) if letters[n - d] == letter), 0)
            if 0 < back <= RHYME_REACH:
                rhyme = str(back)
            elif letter in letters[n + 1 :]:
                rhyme = "open"
        count = line.form.syllables
        if not count and line.text is not None:
            sums = _counts(line.text)
            count = min(sums) if 1 <= min(sums) <= 20 else 0
        found.append(LineLabel(rhyme, count or None))
    return found
