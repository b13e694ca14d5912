"""What a line of a Fountain file is when no sign forces it: the reader and the writer ask alike."""

from __future__ import annotations

import re
from collections.abc import Sequence

from muse.works.lines import holds_han
from muse.works.script import is_bracketed

FORCING = ("#", "=", "~", "!", ".", ">", "@")
"""Signs that say at the beginning of a line what it is."""

VERSE, PROSE = "[[verse]]", "[[prose]]"
"""Notes at the end of a speech that `is_verse` would take for the other."""

_HEADING = re.compile(r"(?:INT|EXT|EST|INT\.?/EXT|EXT\.?/INT|I/E)[. ]", re.IGNORECASE)
_CUE = re.compile(r"([^()\[\]^]*[^()\[\]^\s])\s*((?:\([^()]*\)\s*)*)(\^?)\s*")
_CONTINUED = re.compile(r"cont(?:inued|['’]?d)\.?", re.IGNORECASE)
_LONGEST_CUE = 300
_LONGEST_VERSE = 80
_LONGEST_VERSE_ZH = 20


def is_heading(line: str, stands_alone: bool) -> bool:
    """Whether a line after an empty one is a scene heading: `INT. HOUSE - DAY`."""
    line = line.strip()
    return bool(_HEADING.match(line)) and (stands_alone or line.isupper())


def is_transition(line: str) -> bool:
    """Whether a line that stands alone is a transition: `CUT TO:`."""
    line = line.strip()
    return line.endswith("TO:") and line.isupper()


def cue(line: str) -> tuple[str, str, bool] | None:
    """Name, extension and whether it is spoken with the speech before, of `ANNA (V.O.) ^`.

    `(CONT'D)` is left out: it says only that a page or a direction came between.
    """
    if len(line) > _LONGEST_CUE:
        return None
    found = _CUE.fullmatch(line.strip())
    if not found:
        return None
    extensions = [text.strip() for text in re.findall(r"\(([^()]*)\)", found[2])]
    kept = [text for text in extensions if text and not _CONTINUED.fullmatch(text)]
    return found[1].strip(), ", ".join(kept), bool(found[3])


def is_cue(line: str) -> bool:
    """Whether a line before a speech needs no sign to be its speaker: it is in capitals."""
    found = cue(line)
    return bool(found) and found[0].isupper()  # type: ignore[index]


def is_verse(lines: Sequence[str], before: bool) -> bool:
    """Whether a speech is verse, as far as its lines tell.

    Several lines are verse if they are short and most begin with a capital. One line is what the
    speech `before` it was.
    """
    spoken = [line.lstrip("~ ") for line in lines if line and not is_bracketed(line)]
    if len(spoken) < 2:
        return before
    longest = max(map(len, spoken))
    if holds_han("".join(spoken)):
        return longest <= _LONGEST_VERSE_ZH
    letters = [next((sign for sign in line if sign.isalpha()), "") for line in spoken]
    return longest <= _LONGEST_VERSE and 3 * sum(map(str.isupper, letters)) >= 2 * len(spoken)
