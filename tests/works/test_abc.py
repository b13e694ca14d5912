"""ABC: real tunes, what the notation means, round trips, and hostile files."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.theory.chords import Chord
from muse.theory.keys import MODES, Key
from muse.theory.meter import Meter
from muse.works.base import WishError
from muse.works.formats.abc import decode, decode_tunes, encode
from muse.works.score import ChordMark, Note, Part, Score

from .strategies import content, random_score, scores

JIG = """X:5
T:The Friendly Visit
R:Jig
C:Trad.
M:6/8
L:1/8
Q:3/8=110
K:G
D|"G"GAB "D7"A2c|[1 "G"B3 GFE:|[2 "G"B3 G2||
"""

TWO_TUNES = """% a tune book
X:1
T:Good
K:D
D4 E4|]

some words between the tunes

X:2
T:Bad
M:3/4
K:D
D6|D4|D6|]

X:3
T:Good again
K:D
D8|]
"""


def read(body: str, meter: str = "4/4", key: str = "C", unit: str = "1/8") -> Score:
    """The score of a tune body."""
    return decode(f"X:1\nT:t\nM:{meter}\nL:{unit}\nK:{key}\n{body}\n".encode(), "t.abc")


def pitches(score: Score) -> list[int]:
    """The pitches of the first part in order."""
    return [note.pitch for note in score.melody.notes]


def lengths(score: Score) -> list[int]:
    """The lengths of the notes of the first part in ticks."""
    return [note.length for note in score.melody.notes]


def test_a_jig_with_pickup_endings_and_chords() -> None:
    score = decode(JIG.encode(), "jig.abc")
    assert (score.title, score.style, score.composer) == ("The Friendly Visit", "jig", "Trad.")
    assert (score.meter, score.key, score.tempo) == (Meter(6, 8), Key(7), 165.0)
    # pick-up, bar 1, first ending whose last eighth is the pick-up again, bar 3, second ending
    assert (score.pickup, score.bars) == (12, 4)
    assert len(pitches(score)) == 1 + 5 + 4 + 5 + 2
    assert score.chords[:3] == (
        ChordMark(12, Chord(7)), ChordMark(48, Chord(2, "7")), ChordMark(84, Chord(7)),
    )  # fmt: skip


def test_a_tune_book_goes_on_after_a_bad_tune() -> None:
    found = list(decode_tunes(TWO_TUNES, "book.abc"))
    assert [header["T"] for header, _ in found] == ["Good", "Bad", "Good again"]
    assert [type(result) for _, result in found] == [Score, WishError, Score]
    assert str(found[1][1]) == "book.abc: line 13: measure 2 has 4 eighths, the meter 3/4 has 6"


@pytest.mark.parametrize(
    ("body", "key", "expected"),
    [
        ("CDEF GABc", "C", [60, 62, 64, 65, 67, 69, 71, 72]),
        ("FCfc f'c'F,C,", "D", [66, 61, 78, 73, 90, 85, 54, 49]),
        ("^F=F_B__B ^^C=c2", "C", [66, 65, 70, 69, 62, 72]),
        ("^FFf2|F4 z4", "C", [66, 66, 78, 65]),
        ("BEAD GCF2", "Cb", [70, 63, 68, 61, 66, 59, 64]),
        ("^c4-|c2c2 z4", "C", [73, 72]),
        ("C8", "HP", [61]),
        ("B4 e4", "E dorian", [71, 76]),
        ("C4 F4", "A exp ^f _c", [59, 66]),
        ("C4 [K:D] C4|[K:clef=bass]C8", "C", [60, 61, 61]),
    ],
)
def test_accidentals_and_keys(body: str, key: str, expected: list[int]) -> None:
    assert pitches(read(body + "|]", key=key)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("C/D/E2F//G//A3/2B3|]", [6, 6, 24, 3, 3, 18, 36]),
        ("C>D E<F G>>A B<<c|]", [18, 6, 6, 18, 21, 3, 3, 21]),
        ("(3CDE (3:2:2F2G (2AB C|]", [8, 8, 8, 16, 8, 18, 18, 12]),
        ("(4CDEF (5:4:5G/A/B/c/d/ z3|]", [9, 9, 9, 9, 5, 5, 4, 5, 5]),
        ("C2-C2 D-D-D2|]", [48, 48]),
        ("(C2 .D2){abc} ~E2!trill!F+fermata+2|]".replace("F+fermata+2", "+fermata+F2"), [24] * 4),
        ('"^slow"C2"_x"D2"?"E2"Am7"F2|]', [24] * 4),
        ("C2 y D2 \\\n% comment\nE2 F2|]", [24] * 4),
    ],
)
def test_rhythm_and_what_is_skipped(body: str, expected: list[int]) -> None:
    assert lengths(read(body)) == expected


def test_a_quintuplet_is_rounded_note_by_note_and_fills_its_beat() -> None:
    notes = read("(5:4:5G/A/B/c/d/ C6|]").melody.notes
    assert [note.start for note in notes] == [0, 5, 10, 14, 19, 24]
    assert all(a.end == b.start for a, b in zip(notes, notes[1:]))


def test_notes_in_brackets_sound_together() -> None:
    notes = read("[CEG]4 [C2E2]2 |]").melody.notes
    assert [(n.start, n.length, n.pitch) for n in notes] == [
        (0, 48, 60), (0, 48, 64), (0, 48, 67), (48, 48, 60), (48, 48, 64),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("|:C8|D8:|E8|]", "CDCDE"),
        ("C8|D8:|E8:|", "CDCDEE"),
        ("C8||D8:|", "CDD"),
        ("C8|:D8::E8:|", "CDDEE"),
        ("|:C8|1D8:|2E8||F8|]", "CDCEF"),
        ("|:C8|[1,3 D8:|[2,4 E8:|F8|]", "CDCECDCEF"),
        ("|:C8|[1 D8|[2 E8|]", "CDCE"),
        ("|::C8::|", "CCC"),
        ("P:A\nC8|\nP:B\nD8:|", "CDD"),
        ("C8|Z2|D8|]", "CD"),
        ("|:C8|[1 D8:|[2 E8:|\n|:F8|[1 G8:|[2 A8:|", "CDCEFGFA"),
    ],
)
def test_repeats_are_played_out(body: str, expected: str) -> None:
    score = read(body)
    assert "".join("C.D.EF.G.A.B"[pitch - 60] for pitch in pitches(score)) == expected
    assert score.bars == len(expected) + 2 * ("Z2" in body)


@pytest.mark.parametrize(
    ("body", "pickup", "bars"),
    [
        ("G2|C8|D6:|E2|F8|G6|]", 24, 6),  # pick-ups of the repeat and the next section fill bars
        ("G2|:C8|D6:|", 24, 4),  # the pick-up stands before the repeat sign, but is repeated
        ("G2|C8|D8:|", 24, 4),  # the last bar is full, so the pick-up is not repeated
        ("C8|D6:||:E8|F8:|", 0, 8),  # a section that ends early is completed with silence
        ("C4 D4|E6|]", 0, 2),
        ("C4|", 0, 1),
        ("C16|D8|]", 0, 3),  # a bar line was forgotten
        ("C4|D4|E8|]", 0, 2),  # a bar line too many
    ],
)
def test_measures_fall_on_the_grid(body: str, pickup: int, bars: int) -> None:
    score = read(body)
    assert (score.pickup, score.bars) == (pickup, bars)
    assert all(note.end <= score.length for note in score.melody.notes)


def test_meter_and_key_change_inside_a_tune() -> None:
    score = read("C8|\nM:3/4\nK:G\nF6|[M:C]F8|]")
    assert score.meters == ((1, Meter(4, 4)), (2, Meter(3, 4)), (3, Meter(4, 4)))
    assert score.keys == ((0, Key()), (96, Key(7)))
    assert pitches(score) == [60, 66, 66]


def test_lyrics_are_aligned() -> None:
    score = read("C2D2 E2F2|G4 z2 A2|]\nw:Sing a mer-ry|song _ *\nw:second verse is left out")
    assert [n.lyric for n in score.melody.notes] == ["Sing", "a", "mer-", "ry", "song", ""]


def test_the_first_voice_is_read() -> None:
    text = "V:1\nC4 D4|E8|]\nV:2\nc8|c8|]\n[V:1] F8|]"
    assert pitches(read(text)) == [60, 62, 64, 65]
    assert pitches(read("C8|\nV:2\nc8|\nV:1\nD8|]")) == [60, 62]
    assert pitches(read("L:1/4\n[V:Soprano]C4|\n[V:Alto]A,4|]")) == [60]


def test_old_bytes_and_line_ends_are_read() -> None:
    data = "X:1\r\nT:Polka från Skåne\r\nK:C\r\nC8|D8|]\r\n".encode("latin-1")
    assert decode(data, "t.abc").title == "Polka från Skåne"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no ABC tune"),
        ("hello world", "no ABC tune"),
        ("X:1\nT:no key\nC8|", "has no key"),
        ("X:1\nM:none\nK:C\nC8|", "without a meter"),
        ("X:1\nM:6/7\nK:C\nC8|", "not a meter"),
        ("X:1\nL:1/9\nK:C\nC8|", "not a note length"),
        ("X:1\nK:Q\nC8|", "not a key"),
        ("X:1\nK:C\n", "not one note"),
        ("X:1\nK:C\nz8|z8|]", "not one note"),
        ("X:1\nK:C\nC8|C3|C8|C8|]", "line 3: measure 2 has 3 eighths, the meter 4/4 has 8"),
        ('X:1\nK:C\nC4 "Am C4|', "line 3: '\"' is not ABC notation"),
        ("X:1\nK:C\nC4 {abc C4|", "is not ABC notation"),
        ("X:1\nK:C\nC0 C8|", "a length is more than 0"),
        ("X:1\nK:C\nC9999 C8|", "up to 64 wholes"),
        ("X:1\nK:C\nc'''''''''C8|", "outside MIDI"),
        ("X:1\nK:C\nC8|Z9999|", "too many"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, message: str) -> None:
    with pytest.raises(WishError) as caught:
        decode(text.encode(), "my tune.abc")
    assert message in str(caught.value)
    assert str(caught.value).startswith("my tune.abc") and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        "C8|" * 200_000,
        "|:" * 100_000 + "C8|",
        "[1" * 100_000,
        "(9" * 100_000 + "C8",
        "{" * 300_000,
        '"' * 300_001,
        "[" * 300_000,
        ":" * 300_000,
        "!" * 300_000,
        "C" * 400_000,
        ("|:C8|[1-20" + "D8:|") * 300,
        "[K:C]" * 50_000 + "C8",
        "Z4000|" * 4000,
    ],
)
def test_large_and_nested_input_is_dealt_with_quickly(body: str) -> None:
    start = time.process_time()
    with contextlib.suppress(WishError):
        assert read(body).bars <= 4096
    assert time.process_time() - start < 4


@settings(max_examples=150, deadline=None)
@given(scores(parts=3))
def test_round_trip(score: Score) -> None:
    assert content(decode(encode(score, ".abc"), "t.abc")) == content(score)


@pytest.mark.parametrize(
    "key", [Key(tonic, mode) for tonic in range(12) for mode in MODES], ids=str
)
def test_every_pitch_in_every_key(key: Key) -> None:
    notes = tuple(Note(12 * i, 12, pitch) for i, pitch in enumerate(range(1, 128)))
    score = Score((Part(notes),), 16, keys=((0, key),))
    assert decode(encode(score, ".abc"), "t.abc") == score


def test_chords_in_a_part_are_kept() -> None:
    notes = tuple(sorted([Note(0, 96, 60), Note(0, 30, 64), Note(30, 114, 65), Note(96, 96, 61)]))
    score = Score((Part(notes),), 2)
    assert decode(encode(score, ".abc"), "t.abc") == score


def test_the_same_score_gives_the_same_file() -> None:
    score = random_score(3)
    assert encode(score, ".abc") == encode(score, ".abc")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes(data: bytes) -> None:
    _survives(data)
    _survives(b"X:1\nK:C\n" + data)


_WORDS = [
    "X:1\n",
    "K:G\n",
    "K:",
    "M:",
    "L:1/8\n",
    "Q:",
    "V:2\n",
    "[V:1]",
    "w:",
    "P:A\n",
    "\n",
    "|:",
]
_WORDS += [
    ":|",
    "||",
    "|",
    "[1",
    "[2",
    "|1",
    ":|2",
    "(3",
    "(5:4:5",
    "[CEG]",
    "[K:",
    "]",
    "{",
    "}",
    '"',
]
_WORDS += [
    '"Am"',
    "C",
    "^c'",
    "_B,,",
    "z",
    "Z2",
    "2",
    "/",
    "3/2",
    ">",
    "<<",
    "-",
    "&",
    "%",
    "\\",
    " ",
    "!",
]
_WORDS += ["[1--2", "0", "99", "=", "'", "6/8", "none", "la-la", "*", "_"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=60))
def test_random_notation(words: list[str]) -> None:
    _survives("".join(words).encode())
    _survives(("X:1\nK:C\n" + "".join(words)).encode())


def _survives(data: bytes) -> None:
    """Read it; only WishError may come of it."""
    try:
        decode(data, "fuzz.abc")
    except WishError as error:
        assert "fuzz.abc" in str(error)
