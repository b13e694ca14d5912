"""What a scan of Chinese verse finds: lines with tones and rhyme, poems with their form."""

from __future__ import annotations

from dataclasses import dataclass

from muse.theory.forms_zh import Finding
from muse.theory.prosody_zh import UNCERTAIN, Tone
from muse.theory.rhyming_zh import Rhyme


@dataclass(frozen=True, slots=True)
class ScannedLine:
    """One line of verse.

    Attributes:
        characters: Each character with its level (平, 仄, ？), groups and hint.
        wanted: The tones that the form asks for, 中 for either; "" without a form.
        rhyme: Its rhyme, where it rhymes.
        wrong: The places, from 1, that depart from the form.
    """

    characters: tuple[Tone, ...]
    wanted: str = ""
    rhyme: Rhyme | None = None
    wrong: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The characters."""
        return "".join(c.character for c in self.characters)

    @property
    def tones(self) -> str:
        """The levels, as 平仄平平仄."""
        return "".join(c.level for c in self.characters)


@dataclass(frozen=True, slots=True)
class ScannedPoem:
    """One poem.

    Attributes:
        headings: Title, tune, author as the text has them.
        kind: `regulated`, `ci`, `couplet`, `old` (古体, no fixed tones) or `none`.
        form: The Chinese name of the form, as 七绝, 水调歌头, 古绝, 对联; "" when none is recognised.
        gloss: The same in English.
        pattern: Which pattern of the form, as 平起首句入韵; "" where there is only one.
        book: The book its rhymes are judged by.
        lines: Its lines; those of a ci are cut as the tune has them.
        stanzas: How many lines each stanza has.
        departures: What departs from the form. Of an old-style poem: why it is not the regulated
            form that it is nearest to.
        remarks: Licences taken and other things to know.
    """

    headings: tuple[str, ...]
    kind: str
    form: str
    gloss: str
    pattern: str
    book: str
    lines: tuple[ScannedLine, ...]
    stanzas: tuple[int, ...]
    departures: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()

    @property
    def regular(self) -> bool:
        """Whether it has a form that fixes tones, and nothing departs from it."""
        return self.kind in ("regulated", "ci", "couplet") and not self.departures

    @property
    def uncertain(self) -> tuple[tuple[int, int, Tone], ...]:
        """(line, place, character) of every character that can be read two ways or is not known."""
        return tuple(
            (number, place, tone)
            for number, line in enumerate(self.lines, 1)
            for place, tone in enumerate(line.characters, 1)
            if tone.level == UNCERTAIN
        )


@dataclass(frozen=True, slots=True)
class Scan:
    """All poems of a text, in order."""

    poems: tuple[ScannedPoem, ...]
