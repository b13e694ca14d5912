"""Scripts as values, their inline marks, and how they show themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muse.works.emphasis import BOLD, ITALIC, UNDERLINE, bare, escaped, marked, spans
from muse.works.lines import checked_line
from muse.works.script import (
    Direction,
    Lyrics,
    SceneHeading,
    Script,
    Section,
    Speech,
    Synopsis,
    Transition,
)
from muse.works.text_terminal import COLUMNS

from .writing_strategies import PIECES, scripts

_marked_text = st.lists(st.sampled_from(PIECES)).map("".join)
_styles = st.frozensets(st.sampled_from([BOLD, ITALIC, UNDERLINE]))


def test_the_cast_are_those_who_speak() -> None:
    talk = (Speech("ANNA", ("Hi",)), Speech("PIERRE", ("Ha",)), Speech("ANNA", ("Ho",)))
    assert Script(talk).cast == ("ANNA", "PIERRE")
    assert Script(talk, ("GHOST",)).cast == ("GHOST",)
    assert Script(talk) == Script(talk, ("ANNA", "PIERRE"))


def test_a_speech_has_one_form() -> None:
    first = Speech("ANNA", ("(sighs)", "", "Ah!", "", "", "(pause)", "~ la la", ""))
    assert first == Speech(" ANNA ", ("Ah!", "", "(pause)", "~la la"), parenthetical="(sighs)")
    assert first.parenthetical == "sighs"
    assert Speech("ANNA", ("(sighs)",)) == Speech("ANNA", (), parenthetical="sighs")
    assert Speech("ANNA", ("(a)", "(b)")).lines == ("(b)",)


def test_a_dual_speech_stands_after_another() -> None:
    a, b = Speech("A", ("x",)), Speech("B", ("y",), dual=True)
    made = Script((b, a, b, b, Direction("z"), b, Section("I"), a, b))
    assert [speech.dual for speech in made.speeches] == [
        False, False, True, False, False, False, True,
    ]  # fmt: skip
    pairs = [each for each in made.abreast() if isinstance(each, tuple)]
    assert [(one.speaker, two.speaker) for one, two in pairs] == [("A", "B"), ("A", "B")]
    singles = [each for each in made.abreast() if not isinstance(each, tuple)]
    assert len(singles) + 2 * len(pairs) == len(made.elements)


def test_scene_numbers_leave_the_text() -> None:
    assert SceneHeading("INT. HALL #1A#") == SceneHeading("INT. HALL", "1A")
    assert SceneHeading("..HALL").text == "HALL"
    assert SceneHeading("HALL #x y#").number == ""


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Speech("", ("x",)), lambda: Speech("A (B)", ("x",)), lambda: Speech("A^", ("x",)),
        lambda: Speech("A", ()), lambda: Speech("A", ("", "~")), lambda: Speech("A", ("x\ny",)),
        lambda: Speech("A", "text"), lambda: Speech("A", ("x",), extension="(V.O.)"),
        lambda: Direction(""), lambda: Direction("a\n\nb"), lambda: Direction("a\x00"),
        lambda: SceneHeading(" . "), lambda: SceneHeading("a", "1 2"), lambda: Transition("<"),
        lambda: Section("a", 7), lambda: Synopsis(""), lambda: Lyrics(()), lambda: Lyrics(("~",)),
        lambda: Script(()), lambda: Script(("a",)), lambda: Script((Direction("a"),), ("",)),
        lambda: Script((Direction("a"),), details=(("Title", "x"),)),
        lambda: Script((Direction("a"),), details=(("A:b", "x"),)),
        lambda: Script((Direction("a"),), details=(("A", ""),)),
        lambda: Script((Direction("a"),), setting="a\nb"),
    ],
)  # fmt: skip
def test_the_impossible_is_refused(wrong) -> None:
    with pytest.raises(ValueError):
        wrong()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", [("plain", "")]),
        ("*a*", [("a", "i")]),
        ("**a** b", [("a", "b"), (" b", "")]),
        ("***a***", [("a", "bi")]),
        ("_a *b* c_", [("a ", "u"), ("b", "iu"), (" c", "u")]),
        ("**b *bi***", [("b ", "b"), ("bi", "bi")]),
        ("he dialed *69 and then *23", [("he dialed *69 and then *23", "")]),
        ("he dialed *69 and *23*", [("he dialed *69 and ", ""), ("23", "i")]),
        (r"\*a\* \_", [("*a* _", "")]),
        ("a ** b", [("a ** b", "")]),
        ("", []),
    ],
)
def test_marks_are_read_as_fountain_has_them(text: str, expected: list) -> None:
    letters = {ITALIC: "i", BOLD: "b", UNDERLINE: "u"}
    found = [(piece, "".join(sorted(letters[s] for s in styles))) for piece, styles in spans(text)]
    assert found == expected


@given(_marked_text)
def test_escaped_text_is_read_as_it_is(text: str) -> None:
    assert spans(escaped(text)) == ([(text, frozenset())] if text else [])


@given(st.lists(st.tuples(_marked_text.filter(bool), _styles), max_size=4))
def test_marks_say_the_words_always_and_the_styles_where_they_can(pieces: list) -> None:
    words = "".join(text for text, _ in pieces)
    assert bare(marked(pieces)) == words
    one = [
        ("hello", frozenset({BOLD})),
        (" ", frozenset()),
        ("you", frozenset({ITALIC, UNDERLINE})),
    ]
    assert spans(marked(one)) == one


def test_a_script_in_the_terminal() -> None:
    made = Script(
        (
            SceneHeading("INT. SHIP - NIGHT", "1"),
            Direction("A *storm*."),
            Speech("ANNA", ("Blow, winds,", "(pause)", "~and crack!"), True, "aside", "V.O."),
        ),
        title="Storm",
        setting="At sea",
    )
    assert str(made).splitlines() == [
        "Storm · At sea · 1 speech", "Persons: ANNA", "", "1. INT. SHIP - NIGHT", "",
        "      [A storm.]", "", "   1  ANNA (V.O.). [aside]", "        Blow, winds,",
        "        [pause]", "        ♪ and crack!",
    ]  # fmt: skip


@given(scripts())
def test_no_line_in_the_terminal_is_too_long_or_harmful(made: Script) -> None:
    for line in str(made).splitlines():
        assert len(line) <= COLUMNS and checked_line(line, "it", may_be_empty=True) == line
