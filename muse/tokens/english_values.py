"""Labelled verse, scenes and stories in English: what the tokens of `english.py` say."""

from __future__ import annotations

from dataclasses import dataclass

FORMS = (
    "poem", "sonnet", "haiku", "limerick", "villanelle", "ballad", "couplets", "quatrains",
    "blank", "free", "scene", "story",
)  # fmt: skip
METRES = ("iambic", "trochaic", "anapaestic", "dactylic", "amphibrachic", "free")
RHYME_REACH = 8
MOST_SYLLABLES = 20
LONGEST_STANZA = 16
MOST_LEFT = 32
MOST_SPEAKERS = 16
MOST_TENS_OF_WORDS = 40
RHYMES = ("none", "open", *(str(back) for back in range(1, RHYME_REACH + 1)))


@dataclass(frozen=True)
class LineLabel:
    """What is said of a line before it.

    Attributes:
        rhyme: "none" if nothing rhymes with the line, "open" if a later line will, "1" to "8" for
            a rhyme with the line so many lines back, "" if it is not said.
        syllables: how many the line has, 1 to 20; None if it is not said.
    """

    rhyme: str = ""
    syllables: int | None = None


@dataclass(frozen=True)
class VerseLine:
    """A line of verse, normalised (`muse.tokens.units`), and its label."""

    text: str
    label: LineLabel = LineLabel()


@dataclass(frozen=True)
class Verse:
    """A poem, or some stanzas of one.

    Attributes:
        stanzas: each with its lines.
        form: of `FORMS`.
        metre: of `METRES`; empty if it is not said.
        author, title: empty if they are not said.
        themes: keywords.
        more: how many blocks (`blocks_of`) of the poem follow that are not here.
    """

    stanzas: tuple[tuple[VerseLine, ...], ...]
    form: str = "poem"
    metre: str = ""
    author: str = ""
    title: str = ""
    themes: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Speech:
    """A speech, or a stage direction that stands alone.

    Attributes:
        speaker: place in the scene's cast, from 0; None for a direction that stands alone.
        lines: lines of verse or paragraphs of prose, normalised. [Square brackets] hold stage
            directions. A direction that stands alone is one line, without brackets.
        verse: whether the lines are verse.
    """

    speaker: int | None
    lines: tuple[str, ...]
    verse: bool = False


@dataclass(frozen=True)
class Scene:
    """A scene of a play, or a run of its speeches.

    Attributes:
        cast: names of those who speak or are named, at most `MOST_SPEAKERS`.
        named: the names that the text may say, empty where a name is too common a word.
        speeches: in order.
        author, title, setting: empty if they are not said.
        more: how many speeches of the scene follow that are not here.
    """

    cast: tuple[str, ...]
    speeches: tuple[Speech, ...]
    author: str = ""
    title: str = ""
    setting: str = ""
    named: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Story:
    """A story in paragraphs, normalised."""

    paragraphs: tuple[str, ...]
    title: str = ""
    themes: tuple[str, ...] = ()


def block_sizes(lines: int) -> list[int]:
    """How a stanza is counted out: at most 16 lines, then sixteen more at a time."""
    first = (lines - 1) % LONGEST_STANZA + 1
    return [first] + [LONGEST_STANZA] * ((lines - first) // LONGEST_STANZA)
