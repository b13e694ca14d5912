"""MusicXML: what is read, round trips, and hostile files."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.theory.chords import Chord
from muse.theory.keys import MODES, Key
from muse.theory.meter import Meter
from muse.works.base import WishError
from muse.works.formats.musicxml import decode, encode
from muse.works.score import ChordMark, Note, Part, Score

from .strategies import CHORDS, content, random_score, scores


def note(step: str, duration: int, inside: str = "", octave: int = 4, alter: int = 0) -> str:
    """A <note>; `inside` are further elements, ties and lyrics for example."""
    pitch = f"<pitch><step>{step}</step><alter>{alter}</alter><octave>{octave}</octave></pitch>"
    return f"<note>{pitch}<duration>{duration}</duration>{inside}</note>"


def document(*measures: str, head: str = "", start: str = "") -> bytes:
    """A score-partwise of one part, four divisions to the quarter note, in 2/4."""
    attributes = (
        f"<attributes><divisions>4</divisions>{start or '<key><fifths>1</fifths></key>'}"
        "<time><beats>2</beats><beat-type>4</beat-type></time></attributes>"
    )
    bodies = [attributes + measures[0], *measures[1:]]
    part = "".join(f'<measure number="{i}">{b}</measure>' for i, b in enumerate(bodies, 1))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0">{head}'
        '<part-list><score-part id="P1"><part-name>Voice</part-name></score-part></part-list>'
        f'<part id="P1">{part}</part></score-partwise>'
    ).encode()


def spans(score: Score) -> list[tuple[int, int, int]]:
    """Start, length and pitch of the notes of the first part."""
    return [(n.start, n.length, n.pitch) for n in score.melody.notes]


def zipped(**files: bytes) -> bytes:
    """A zip archive; double underscores in names stand for dots."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return stream.getvalue()


@settings(max_examples=25, deadline=None)
@given(scores(parts=2))
def test_round_trip(score: Score) -> None:
    again = decode(encode(score, ".musicxml"), "t.musicxml")
    assert content(again) == content(score)
    for one, other in zip(again.parts, score.parts):
        assert sorted(one.notes) == sorted(other.notes), "velocities too"


@pytest.mark.parametrize("key", [Key(0), Key(1), Key(6, "minor"), Key(11)])
@pytest.mark.parametrize("pitches", [range(12), range(6, 119), range(9, 128), range(128)])
def test_every_pitch_comes_back(pitches: range, key: Key) -> None:
    notes = tuple(Note(12 * i, 12, pitch, 1 + pitch % 127) for i, pitch in enumerate(pitches))
    score = Score((Part(notes),), 16, keys=((0, key),))
    data = encode(score, ".musicxml")
    assert decode(data, "t.xml").melody.notes == notes
    octaves = {int(each.text or "") for each in ElementTree.fromstring(data).iter("octave")}
    assert max(octaves) <= 9
    assert min(octaves) >= 0 or pitches[-1] > 118, "the lowest octave of MusicXML is 0"


def test_a_part_below_the_staff_is_written_as_a_double_bass() -> None:
    low = Part((Note(0, 96, 9, 100),), "Deep")
    high = Part((Note(0, 96, 60),), "High")
    score = Score((high, low), 1, keys=((0, Key(9)),), chords=(ChordMark(0, Chord(9, "7")),))
    data = encode(score, ".musicxml")
    parts = list(ElementTree.fromstring(data).iter("part"))
    assert parts[0].find("measure/attributes/transpose") is None
    assert parts[1].findtext("measure/attributes/transpose/octave-change") == "-1"
    assert parts[1].findtext("measure/note/pitch/octave") == "0"
    again = decode(data, "t.xml")
    assert content(again) == content(score) and again.parts[1].notes == low.notes


def test_velocities_are_percentages_of_ninety() -> None:
    notes = (Note(0, 24, 60, 90), Note(24, 24, 62, 45), Note(48, 48, 64, 127), Note(96, 96, 65, 1),
             Note(96, 96, 69, 77))  # fmt: skip
    data = encode(Score((Part(notes),), 2), ".musicxml")
    written = [n.get("dynamics") for n in ElementTree.fromstring(data).iter("note")]
    assert written == ["100.00", "50.00", "141.11", "1.11", "85.56"]
    assert decode(data, "t.xml").melody.notes == notes


def test_loudness_is_read_from_notes_and_from_sounds_before_them() -> None:
    def direction(dynamics: str) -> str:
        words = "<direction-type><words>x</words></direction-type>"
        return f'<direction>{words}<sound dynamics="{dynamics}"/></direction>'

    loud = note("D", 2).replace("<note>", '<note dynamics="120.5">')
    odd = note("E", 2).replace("<note>", '<note dynamics="loud">')
    chord = note("G", 2, "<chord/>").replace("<note>", '<note dynamics="900">')
    first = note("C", 2) + direction("50") + loud + odd + note("F", 2) + chord
    score = decode(document(first, '<sound dynamics="0"/>' + note("C", 4) + direction("x") +
                            note("C", 4)), "t.xml")  # fmt: skip
    assert [n.velocity for n in score.melody.notes] == [80, 108, 45, 45, 127, 1, 1]


@pytest.mark.parametrize("mode", sorted(MODES))
def test_every_key_and_chord_of_a_mode(mode: str) -> None:
    notes = tuple(Note(12 * i, 12, 20 + i) for i in range(96))
    keys = tuple((96 * i, Key(i, mode)) for i in range(12))
    own = CHORDS[sorted(MODES).index(mode) :: len(MODES)]
    chords = tuple(ChordMark(36 * i, chord) for i, chord in enumerate(own))
    score = Score((Part(notes),), 12, keys=keys, chords=chords)
    assert content(decode(encode(score, ".xml"), "t.xml")) == content(score)


def test_inverted_chords_are_kept() -> None:
    chords = (ChordMark(0, Chord(7, "", 11)), ChordMark(48, Chord(9, "m7", 2)))
    score = Score((Part((Note(0, 96, 60),)),), 1, chords=chords)
    assert decode(encode(score, ".xml"), "t.xml").chords == chords


def test_what_is_written_is_engraved_properly() -> None:
    notes = (Note(0, 18, 66), Note(18, 96, 67, lyric="o-"), Note(120, 8, 62), Note(128, 16, 61))
    score = Score((Part(notes, "Flute", 73),), 2, pickup=18, keys=((0, Key(7)),), title="T")
    root = ElementTree.fromstring(encode(score, ".musicxml"))
    measures = list(root.iter("measure"))
    assert [m.get("number") for m in measures] == ["0", "1", "2"]
    assert measures[0].get("implicit") == "yes"
    assert root.findtext("work/work-title") == root.findtext("movement-title") == "T"
    assert root.findtext("part-list/score-part/midi-instrument/midi-program") == "74"
    assert measures[0].find("note/accidental") is None and measures[0].find("note/dot") is not None
    assert [t.get("type") for t in measures[1].iter("tie")] == []
    assert measures[1].findtext("note/lyric/syllabic") == "begin"
    ratio = measures[2].find("note/time-modification")
    assert ratio is not None and ratio.findtext("actual-notes") == "3"
    assert encode(score, ".musicxml") == encode(score, ".musicxml")


def test_titles_are_not_made_up() -> None:
    text = encode(Score((Part((Note(0, 96, 60),)),), 1), ".xml").decode()
    assert "Music21" not in text and "None" not in text and "encoding-date" not in text


def test_ties_lyrics_chords_and_tempo_are_read() -> None:
    word = "<lyric><syllabic>begin</syllabic><text>Hel</text></lyric>"
    harmony = (
        "<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root>"
        "<kind>dominant-ninth</kind></harmony><harmony><root><root-step>C</root-step></root>"
        "<kind>other</kind></harmony>"
    )
    sound = '<direction><direction-type><words>Slow</words></direction-type><sound tempo="66"/></direction>'
    score = decode(
        document(
            sound + harmony + note("F", 4, word, alter=1) + note("G", 4, '<tie type="start"/>'),
            note("G", 6, '<tie type="stop"/>') + "<note><rest/><duration>2</duration></note>",
            head="<identification><creator type='composer'>Bach</creator></identification>",
        ),
        "t.xml",
    )
    assert spans(score) == [(0, 24, 66), (24, 60, 67)]
    assert [n.lyric for n in score.melody.notes] == ["Hel-", ""]
    assert score.chords == (ChordMark(0, Chord(10, "7")),)
    assert (score.composer, score.melody.name, score.meter) == ("Bach", "Voice", Meter(2, 4))
    assert score.key.fifths == 1 and score.tempo == 66


def test_the_first_voice_of_each_staff_is_read() -> None:
    low = "<backup><duration>8</duration></backup>" + note("C", 8, "<voice>2</voice>", octave=3)
    below = "<backup><duration>8</duration></backup>"
    below += note("E", 8, "<voice>5</voice><staff>2</staff>", octave=2)
    upper = note("C", 4, "<voice>1</voice>") + note("D", 4, "<voice>1</voice>")
    assert spans(decode(document(upper + low), "t.xml")) == [(0, 24, 60), (24, 24, 62)]
    first = note("C", 8, "<voice>1</voice><staff>1</staff>")
    score = decode(document(first + below, start="<staves>2</staves>"), "t.xml")
    assert [[n.pitch for n in part.notes] for part in score.parts] == [[60], [40]]


def test_transposing_instruments_are_read_as_they_sound() -> None:
    start = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    key = "<key><fifths>2</fifths><mode>major</mode></key>"
    data = document(note("D", 8)).replace(b"</time>", b"</time>" + start.encode())
    data = data.replace(b"<key><fifths>1</fifths></key>", key.encode())
    score = decode(data, "t.xml")
    assert spans(score) == [(0, 48, 60)] and score.key == Key()


@pytest.mark.parametrize(
    ("inside", "pitch"),
    [
        ("<chromatic>-9</chromatic>", 53),
        ("<chromatic>0</chromatic><octave-change>-1</octave-change>", 50),
        ("<chromatic>3</chromatic><octave-change>-6</octave-change>", -7),
    ],
)
def test_transpositions_need_not_name_their_steps(inside: str, pitch: int) -> None:
    transpose = f"</time><transpose>{inside}</transpose>".encode()
    data = document(note("D", 4) + note("D", 4, octave=8)).replace(b"</time>", transpose)
    heard = [n.pitch for n in decode(data, "t.xml").melody.notes]
    assert heard == [p for p in (pitch, pitch + 48) if p >= 0]


def test_repeats_endings_and_pickups_are_played_out() -> None:
    opens = '<barline location="left"><repeat direction="forward"/></barline>'
    closes = '<barline location="right"><repeat direction="backward"/></barline>'
    ending = '<barline location="left"><ending number="{0}" type="start"/></barline>'
    stop = '<barline location="right"><ending number="{0}" type="stop"/>{1}</barline>'
    back = '<repeat direction="backward"/>'
    score = decode(
        document(
            note("G", 4),
            opens + note("C", 8),
            ending.format(1) + note("D", 8) + stop.format(1, back),
            ending.format(2) + note("E", 4) + stop.format(2, ""),
        ),
        "t.xml",
    )
    assert [n.pitch for n in score.melody.notes] == [67, 60, 62, 60, 64]
    assert (score.pickup, score.bars) == (24, 4)
    assert decode(document(note("C", 8) + closes), "t.xml").bars == 2


def test_da_capo_is_followed() -> None:
    fine = '<direction><direction-type><words>Fine</words></direction-type><sound fine="yes"/></direction>'
    jump = "<direction><direction-type><words>D.C. al Fine</words></direction-type></direction>"
    score = decode(document(note("C", 8) + fine, note("D", 8) + jump), "t.xml")
    assert [n.pitch for n in score.melody.notes] == [60, 62, 60]


def test_irregular_measures_are_named() -> None:
    with pytest.raises(WishError, match=r"t.xml: measure 2 has 2 eighths, the meter 2/4 has 4"):
        decode(document(note("C", 8), note("C", 4), note("C", 8)), "t.xml")


def test_zipped_files_are_read() -> None:
    inner = document(note("C", 8))
    container = (
        b'<?xml version="1.0"?><container><rootfiles><rootfile full-path="../music.xml"/>'
        b"</rootfiles></container>"
    )
    files = {"META-INF/container__xml": container, "other__xml": b"<x/>", "../music__xml": inner}
    assert decode(zipped(**files), "t.mxl").bars == 1
    assert decode(zipped(a__musicxml=inner), "t.mxl").bars == 1


def test_other_encodings_are_read() -> None:
    text = document(note("C", 8), head="<movement-title>Skåne</movement-title>").decode()
    assert decode(text.replace("UTF-8", "UTF-16").encode("utf-16"), "t.xml").title == "Skåne"
    assert decode(text.replace("UTF-8", "ISO-8859-1").encode("latin-1"), "t.xml").title == "Skåne"
    assert decode(b"\xef\xbb\xbf" + text.encode(), "t.xml").title == "Skåne"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE score-partwise [<!ENTITY a "aaaaaaaaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><score-partwise><work><work-title>&b;</work-title>"""
LONG = note("C", 8).replace("<duration>8", "<duration>888888888888")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not MusicXML"),
        (b"<html></html>", "is not MusicXML"),
        (b"<score-timewise></score-timewise>", "score-partwise"),
        (b"<score-partwise><part>", "is not MusicXML that can be read"),
        (BOMB, "defines XML entities"),
        (BOMB.decode().encode("utf-16"), "defines XML entities"),
        (document(note("C", 8))[:-40], "is not MusicXML that can be read"),
        (document("<note><rest/><duration>8</duration></note>"), "not one note"),
        (b"<score-partwise><part-list/></score-partwise>", "no measures"),
        (document(note("C", 8)).replace(b">4</divisions>", b">0</divisions>"), "can be read"),
        (document(note("H", 8)), "can be read"),
        (document(LONG), "more than any music has"),
        (document(note("C", 8) * 1000).replace(b"<note>", b"<note>" + b"<note>" * 120), "notes"),
        (b"PK\3\4 broken", "damaged .mxl"),
        (zipped(readme__txt=b"hello"), "no MusicXML in this .mxl"),
        (zipped(a__xml=document(note("C", 8)))[:-30], "damaged .mxl"),
        (zipped(a__xml=b"<score-partwise>" + b" " * 40_000_000), "unpacks to more than"),
        (document(note("C", 8)).replace(b"UTF-8", b"UTF-16"), ""),
    ],
)
def test_what_is_wrong_is_said_in_one_line(data: bytes, message: str) -> None:
    if not message:
        assert decode(data, "t.xml").bars == 1
        return
    with pytest.raises(WishError) as caught:
        decode(data, "my song.xml")
    assert message in str(caught.value)
    assert "my song.xml" in str(caught.value) and "\n" not in str(caught.value)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 2**32))
def test_random_bytes(data: bytes, seed: int) -> None:
    _survives(data)
    good = bytearray(encode(random_score(seed % 5), ".xml")[:6000])
    for place, byte in zip(range(300, len(good), 97), data):
        good[(place + seed) % len(good)] = byte % 127
    _survives(bytes(good))


_PIECES = ["<measure>", "</measure>", note("C", 8), note("D", 3, "<chord/>"), "<note/>", "<note>"]
_PIECES += ["</note>", "<attributes><time><beats>x</beats></time></attributes>", "<harmony/>"]
_PIECES += ["<backup><duration>99</duration></backup>", "<duration>-8</duration>", "<grace/>"]
_PIECES += ["<attributes><time><beats>3</beats><beat-type>7</beat-type></time></attributes>"]
_PIECES += [
    "<attributes><key><fifths>99</fifths></key></attributes>",
    "<pitch/>",
    "&amp;",
    "<lyric/>",
]
_PIECES += ['<barline><repeat direction="backward" times="99"/></barline>', "<sound tempo='x'/>"]
_PIECES += ['<barline><ending number="x,1" type="start"/></barline>', "<forward/>", "<rest/>"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=15))
def test_random_elements(pieces: list[str]) -> None:
    _survives(document("".join(pieces)))


def _survives(data: bytes) -> None:
    """Read it; only WishError may come of it."""
    try:
        decode(data, "fuzz.xml")
    except WishError as error:
        assert "fuzz.xml" in str(error)
