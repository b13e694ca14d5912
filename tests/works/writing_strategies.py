"""Random poems, stories and scripts, their lines full of what formats take for signs."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from muse.works import script
from muse.works.poem import Poem
from muse.works.script import Script
from muse.works.story import Story

PIECES = [
    "the sea", "O", "Winter", "INT. HOUSE", "INT HALL - DAY", "CUT TO:", "ANNA", "ANNA (V.O.)", "#", "##",
    "=", "===", "~", "!", ".", "..", ">", "<", "@", "^", "(", ")", "(sighs)", "[", "]", "[aside]", "*", "**",
    "***", "_", "\\", "\\*", "&", "&amp;", "<b>", "</p>", "-->", "<!--", "--", "`", "~~~", "- a", "1.", "1)",
    "+", "|", "'", '"', "#1#", "#1A#", ":", "Title: x", "by Anna", "Persons:", "  ", " ", "\u3000", "海", "床前",
    "明月光，", "。", "é", "ﬁ", "😀", "\u200b", "\u00a0", "%", "\\n", "{", "}", "$", "x^2", "/", "//", "TO:", "I.",
    "http://a.b", "\\[", "&nbsp;", "&#35;",
]  # fmt: skip


def text(longest: int = 6, *, indent: bool = False) -> st.SearchStrategy[str]:
    """A line of words and signs that is not empty."""
    made = st.lists(st.sampled_from(PIECES), min_size=1, max_size=longest)
    joined = st.builds(lambda words, joint: joint.join(words), made, st.sampled_from(["", " "]))
    cut = joined.map(str.rstrip) if indent else joined.map(str.strip)
    return cut.filter(bool)


_accounts = st.sampled_from(
    [
        {},
        {"model": "verse 1", "seed": 7},
        {"a--b": ["-->", "<x>", "[[y]]", "/*z*/", "é", "\\"], "n": [[1], [2.5]], "deep": {"k": None}},
    ]
)  # fmt: skip
_languages = st.sampled_from(["en", "zh"])
_maybe = st.just("") | text(3)


@st.composite
def poems(draw: st.DrawFn) -> Poem:
    """Poems of one to four stanzas."""
    stanzas = draw(
        st.lists(
            st.lists(text(indent=True), min_size=1, max_size=4).map(tuple), min_size=1, max_size=4
        )
    )
    count = sum(map(len, stanzas))
    return Poem(
        tuple(stanzas),
        title=draw(_maybe),
        author=draw(_maybe),
        language=draw(_languages),
        form=draw(_maybe),
        theme=draw(_maybe),
        locked=tuple(draw(st.lists(st.integers(1, count), max_size=2))),
        provenance=draw(_accounts),
    )


def stories() -> st.SearchStrategy[Story]:
    """Stories of one to five paragraphs."""
    return st.builds(
        Story,
        st.lists(text(12), min_size=1, max_size=5).map(tuple),
        title=_maybe,
        author=_maybe,
        language=_languages,
        theme=_maybe,
        provenance=_accounts,
    )


def without_notes(line: str) -> str:
    """A line with no beginning of a note or a boneyard, which Fountain cannot write."""
    return re.sub(r"\[(?=\[)", "[ ", line).replace("/*", "/ *")


def _speeches(line: st.SearchStrategy[str]) -> st.SearchStrategy[script.Speech]:
    names = st.sampled_from(
        ["ANNA", "Pierre", "安娜", "INT. VOICE", "#2", "@home", "23", "R2D2", "!", "..X", "MR. SMITH", "a TO:"]
    )  # fmt: skip
    return st.builds(
        script.Speech,
        names,
        st.lists(line | st.just("") | st.just("(pause)"), max_size=4)
        .map(tuple)
        .filter(lambda lines: any(each.strip("()~ \u3000\u00a0") for each in lines)),
        st.booleans(),
        st.just("") | line,
        st.sampled_from(["", "", "V.O.", "as a ghost"]),
        st.booleans(),
    )


def elements(line: st.SearchStrategy[str]) -> st.SearchStrategy[script.Element]:
    """One element of a script, its texts drawn from `line`."""
    indented = st.builds(lambda space, words: space + words, st.sampled_from(["", "   "]), line)
    return st.one_of(
        _speeches(line),
        st.builds(
            script.Direction,
            st.lists(indented, min_size=1, max_size=3).map("\n".join),
            st.booleans(),
        ),
        st.builds(
            script.SceneHeading,
            line.filter(lambda words: bool(words.strip(". \u3000\u00a0"))),
            st.sampled_from(["", "1", "I-1-A"]),
        ),
        st.builds(
            script.Transition, line.filter(lambda words: bool(words.strip("< \u3000\u00a0")))
        ),
        st.builds(script.Section, line, st.integers(1, 6)),
        st.builds(script.Synopsis, line),
        st.builds(
            script.Lyrics,
            st.lists(
                line.filter(lambda w: bool(w.strip("~ \u3000\u00a0"))), min_size=1, max_size=3
            ).map(tuple),
        ),
        st.just(script.PageBreak()),
    )


def scripts(
    line: st.SearchStrategy[str] | None = None, title: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[Script]:
    """Scripts of one to eight elements; `line` draws what is in them."""
    line = text() if line is None else line
    first = _maybe if title is None else title
    return st.builds(
        Script,
        st.lists(elements(line), min_size=1, max_size=8).map(tuple),
        st.sampled_from([(), ("ANNA", "A, B & Co")]),
        first,
        title=first,
        author=first,
        details=st.sampled_from([(), (("Draft date", "2 May"), ("Contact", "A: b\nhttp://c"))]),
        provenance=_accounts,
    )
