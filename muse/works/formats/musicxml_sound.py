"""What of MusicXML is for the ear alone: how loud notes are, and staves that sound an octave lower.

MusicXML has a note's velocity in its attribute `dynamics`, as a percentage of 90, and lets a
`<sound dynamics="...">` say it for the notes that follow (MusicXML 4.0, elements `note` and `sound`).
It has no octave below that of C0, MIDI 12.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

FORTE = 90
"""The velocity that is 100 %."""

LOWEST_WRITTEN, HIGHEST_WRITTEN = 12, 130
"""MIDI pitches that a staff can write: from C0 to what is not spelled as C flat above B9."""

_PERCENTAGE = re.compile(r"\s*[0-9]{1,4}(\.[0-9]{0,9})?\s*")


def spread_dynamics(root: ElementTree.Element) -> None:
    """Give every note that does not say how loud it is what the last `<sound>` before it says.

    What is no number is taken away. Sounds are followed part by part in the order of the file.
    """
    for part in root.iter("part"):
        loudness = None
        for element in part.iterfind("measure/*"):
            if element.tag == "note":
                if not _PERCENTAGE.fullmatch(element.get("dynamics", "")):
                    element.attrib.pop("dynamics", None)
                    if loudness is not None:
                        element.set("dynamics", loudness)
            elif element.tag in ("sound", "direction"):
                for sound in [element] if element.tag == "sound" else element.iterfind("sound"):
                    said = sound.get("dynamics", "")
                    loudness = said if _PERCENTAGE.fullmatch(said) else loudness


def complete_transpositions(root: ElementTree.Element) -> None:
    """Say how many steps a staff is transposed by, which files may leave out and music21 needs."""
    for transpose in root.iter("transpose"):
        chromatic = (transpose.findtext("chromatic") or "").strip()
        if transpose.find("diatonic") is None and re.fullmatch(r"-?[0-9]{1,3}", chromatic):
            diatonic = ElementTree.Element("diatonic")
            diatonic.text = str(round(int(chromatic) * 7 / 12))
            transpose.insert(0, diatonic)


def set_velocities(part: ElementTree.Element, velocities: Sequence[int | None]) -> None:
    """Write the velocities of a part's notes, one for each `<note>`, None for a rest."""
    for element, velocity in zip(part.iter("note"), velocities, strict=True):
        element.attrib.pop("dynamics", None)
        if velocity is not None:
            element.set("dynamics", f"{velocity * 100 / FORTE:.2f}")


def written_higher(pitches: Sequence[int]) -> int:
    """Semitones, 0 or 12, by which a part is written higher than it sounds.

    A part with a pitch below MusicXML's lowest octave is written as a double bass's is; a part
    that needs more than the ten octaves there are is not.
    """
    low, high = min(pitches, default=60), max(pitches, default=60)
    return 12 if low < LOWEST_WRITTEN and high + 12 <= HIGHEST_WRITTEN else 0


def set_octave_lower(part: ElementTree.Element) -> None:
    """Say in a part's first measure that it sounds an octave lower than written."""
    attributes = part.find("measure/attributes")
    assert attributes is not None
    transpose = ElementTree.SubElement(attributes, "transpose")
    ElementTree.SubElement(transpose, "diatonic").text = "0"
    ElementTree.SubElement(transpose, "chromatic").text = "0"
    ElementTree.SubElement(transpose, "octave-change").text = "-1"
