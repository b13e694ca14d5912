"""Fountain: exact round trips, files of other programs, files that are no script."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from screenplain import types as oracle
from screenplain.parsers import fountain as oracle_parser

from muse.works.base import WishError
from muse.works.formats import open_work
from muse.works.formats.fountain import decode, encode
from muse.works.formats.text_files import LARGEST_TEXT_BYTES
from muse.works.script import (
    Direction,
    Lyrics,
    PageBreak,
    SceneHeading,
    Script,
    Section,
    Speech,
    Synopsis,
    Transition,
)

from .writing_strategies import PIECES, scripts, text, without_notes


@settings(max_examples=200, deadline=None)
@given(scripts(text().map(without_notes)))
def test_round_trip_is_exact(script: Script) -> None:
    data = encode(script, ".fountain")
    again = decode(data, "a.fountain")
    assert again == script
    assert again.provenance == script.provenance  # which == leaves out
    assert encode(again, ".fountain") == data


@settings(max_examples=100, deadline=None)
@given(scripts())
def test_what_would_begin_a_note_is_written_with_a_space(script: Script) -> None:
    again = decode(encode(script, ".fountain"), "a.fountain")
    assert len(again.elements) == len(script.elements)
    assert decode(encode(again, ".fountain"), "a.fountain") == again


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([*PIECES, "\n", "\n\n", "  \n", "[[", "]]", "/*", "*/"])).map("".join)
)
def test_any_text_is_a_script_or_refused(body: str) -> None:
    try:
        script = decode(body.encode(), "a.fountain")
    except WishError as error:
        assert str(error).startswith("a.fountain") and "\n" not in str(error)
        return
    again = decode(encode(script, ".fountain"), "a.fountain")
    assert len(again.elements) == len(script.elements)
    assert decode(encode(again, ".fountain"), "a.fountain") == again


FOREIGN = """\
Title:
    _**BRICK & STEEL**_
    _**FULL RETIRED**_
Credit: Written by
Author: Stu Maschwitz
Source: Story by KTM
Draft date: 1/20/2012
Contact:
    Next Level Productions
    1588 Mission Dr.

# ACT I

= Brick meets Steel.

EXT. BRICK'S PATIO - DAY #1#

A gorgeous day.  The sun is shining.  But BRICK BRADDOCK, retired police detective, is sitting quietly,
contemplating -- something.

[[A note
over two lines.]]

The SCREEN DOOR slides open and DICK STEEL emerges.
\tHe has two beers.

\t\tSTEEL
\t(beer raised)
\tTo retirement.

BRICK (V.O.) (CONT'D)
To retirement. [[a note]]
(pause)
Let's *kick* it.

STEEL ^
Screw retirement.

@McCLANE
Yippie ki-yay!

/* cut this

INT. NOWHERE - DAY
*/

.SNIPER SCOPE POV

!INT. BY NAME ONLY

~Willy Wonka! Willy Wonka!
~The amazing chocolatier!

BRICK
I got

  
nothing.

CUT TO:

int. house - night

> FADE OUT.

===

>THE END<
> really <
"""


def test_a_file_of_another_program() -> None:
    script = decode(b"\xef\xbb\xbf" + FOREIGN.replace("\n", "\r\n").encode(), "big fish.fountain")
    assert script.title == "BRICK & STEEL FULL RETIRED" and script.author == "Stu Maschwitz"
    assert dict(script.details) == {
        "Credit": "Written by", "Source": "Story by KTM", "Draft date": "1/20/2012",
        "Contact": "Next Level Productions\n1588 Mission Dr.",
    }  # fmt: skip
    assert script.cast == ("STEEL", "BRICK", "McCLANE")
    assert script.elements == (
        Section("ACT I"),
        Synopsis("Brick meets Steel."),
        SceneHeading("EXT. BRICK'S PATIO - DAY", "1"),
        Direction(
            "A gorgeous day.  The sun is shining.  But BRICK BRADDOCK, retired police detective, is "
            "sitting quietly,\ncontemplating -- something."
        ),
        Direction("The SCREEN DOOR slides open and DICK STEEL emerges.\n    He has two beers."),
        Speech("STEEL", ("To retirement.",), parenthetical="beer raised"),
        Speech("BRICK", ("To retirement.", "(pause)", "Let's *kick* it."), True, extension="V.O."),
        Speech("STEEL", ("Screw retirement.",), True, dual=True),
        Speech("McCLANE", ("Yippie ki-yay!",), True),
        SceneHeading("SNIPER SCOPE POV"),
        Direction("INT. BY NAME ONLY"),
        Lyrics(("Willy Wonka! Willy Wonka!", "The amazing chocolatier!")),
        Speech("BRICK", ("I got",), True),
        Direction("nothing."),
        Transition("CUT TO:"),
        SceneHeading("int. house - night"),
        Transition("FADE OUT."),
        PageBreak(),
        Direction("THE END\nreally", True),
    )


def test_two_spaces_keep_a_speech_together() -> None:
    script = decode(b"ANNA\nOne\n  \nTwo\n   \nThree\n", "a.fountain")
    assert script.elements == (Speech("ANNA", ("One", "", "Two"), True), Direction("Three"))


@pytest.mark.parametrize(
    ("body", "title", "first"),
    [
        ("FADE IN:\n\nINT. HALL - DAY\n", "", Direction("FADE IN:")),
        ("INT. HALL: DAY\n\nx\n", "", SceneHeading("INT. HALL: DAY")),
        ("Title: A\n\nx\n", "A", Direction("x")),
        ("Draft date:\nTitle: A\n\nx\n", "A", Direction("x")),
        ("\nTitle: A\n\nx\n", "", Direction("Title: A")),
        ("He said: no\nand left\n", "", Direction("He said: no\nand left")),
        ("BOOM\n\nx\n", "", Direction("BOOM")),
        ("He left.\nANNA\nHi\n", "", Direction("He left.\nANNA\nHi")),
        ("ANNA (to Pierre)\nHi\n", "", Speech("ANNA", ("Hi",), extension="to Pierre")),
        ("23\nHi\n", "", Direction("23\nHi")),
        ("...and then\n", "", Direction("...and then")),
        ("安娜\n你好\n", "", Direction("安娜\n你好")),
        ("@安娜\n你好\n", "", Speech("安娜", ("你好",))),
        ("[[only the end is missing\n\nx\n", "", Direction("[[only the end is missing")),
        ("/* no end\n\nx\n", "", Direction("/* no end")),
        ("x /* a\n\nb */ y\n", "", Direction("x  y")),
    ],
)
def test_how_a_script_begins(body: str, title: str, first: object) -> None:
    script = decode(body.encode(), "a.fountain")
    assert script.title == title and script.elements[0] == first


def _spoken(dialog: oracle.Dialog) -> tuple[str, list[str]]:
    return str(dialog.character), [str(line).rstrip() for _, line in dialog.blocks]


def test_another_parser_reads_what_we_write() -> None:
    made = Script(
        (
            SceneHeading("EXT. THE DECK - NIGHT", "4"),
            Direction("A storm.\nThunder."),
            Speech("ANNA", ("Blow, winds, and crack your cheeks!", "Rage, blow!"), True, "aloud"),
            Speech("Pierre", ("What?",), extension="V.O."),
            Speech("BOTH", ("Help!",)),
            Speech("ALL", ("Help!",), dual=True),
            Direction("SILENCE"),
            Direction("INT. only in name"),
            Transition("CUT TO:"),
            Transition("Exeunt."),
            Direction("THE END", True),
            PageBreak(),
        ),
        title="Storm",
        provenance={"model": "script-en", "seed": 7},
    )
    read = oracle_parser.parse(io.StringIO(encode(made, ".fountain").decode()))
    assert read.title_page["Title"] == ["Storm"]
    assert [type(each).__name__ for each in read] == [
        "Slug", "Action", "Dialog", "Dialog", "DualDialog", "Action", "Action", "Transition",
        "Transition", "Action", "PageBreak",
    ]  # fmt: skip
    slug, action, anna, pierre, both, *rest = read.paragraphs
    assert str(slug.line) == "EXT. THE DECK - NIGHT" and str(slug.scene_number) == "4"
    assert [str(line) for line in action.lines] == ["A storm.", "Thunder."]
    assert _spoken(anna) == (
        "ANNA", ["(aloud)", "Blow, winds, and crack your cheeks!", "Rage, blow!"],
    )  # fmt: skip
    assert _spoken(pierre) == ("Pierre (V.O.)", ["What?"])
    assert _spoken(both.left)[0] == "BOTH" and _spoken(both.right)[0] == "ALL"
    assert rest[-2].centered


def test_one_line_is_verse_or_prose_as_the_speech_before() -> None:
    verse = Speech("A", ("The sea is grey tonight,", "The sea is wide."), True)
    made = Script((verse, Speech("B", ("It is.",), True), Speech("A", ("Yes, it is.",), False)))
    written = encode(made, ".fountain").decode()
    assert "[[verse]]" not in written and written.count("[[prose]]") == 1
    assert decode(written.encode(), "a.fountain") == made


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"[[only a note]]\n", "no script"),
        (b"Title: A\n", "no script"),
        (b"INT. HALL\n\ncaf\xe9\n", "line 3"),
        (b"\xff\xfeI\x00", "UTF-16"),
        (b"a\nb\x00c\n", r"line 2 holds the control character U\+0000"),
        (b"x\n" * LARGEST_TEXT_BYTES, "bytes of text"),
        (b"x\n" * 150_000, "100,000 lines"),
        (b"a" * 30_000, "line 1: a line of a direction has 30,000 characters"),
        (b"a\n\n[[b\nc]]\n\n\n" + b"d" * 30_000, "line 7"),
    ],
)
def test_what_is_no_script_is_refused_in_one_line(data: bytes, said: str) -> None:
    with pytest.raises(WishError, match=rf"^a\.fountain.*{said}") as caught:
        decode(data, "a.fountain")
    assert "\n" not in str(caught.value)


def test_save_and_open(tmp_path) -> None:
    made = Script((Speech("ANNA", ("Hi",)),), provenance={"seed": 7})
    again = open_work(made.save(tmp_path / "a.fountain"))
    assert again == made and again.provenance == {"seed": 7}
    assert [path.name for path in tmp_path.iterdir()] == ["a.fountain"]
