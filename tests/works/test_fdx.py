"""Final Draft: round trips of all that shows, files of other programs, hostile XML."""

from __future__ import annotations

import io
from dataclasses import fields, replace
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given, settings
from screenplain.export.fdx import to_fdx
from screenplain.parsers import fountain as oracle_parser

from muse.works import script as parts
from muse.works.base import WishError
from muse.works.emphasis import spans
from muse.works.formats import fountain, open_work
from muse.works.formats.fdx import decode, encode
from muse.works.script import Direction, SceneHeading, Script, Speech, Transition

from .writing_strategies import scripts


def rendered(made: Script) -> list[list]:
    """What of a script Final Draft holds: texts by their styles, four levels of sections, page
    breaks only between other elements."""
    rows: list[list] = []
    for element in made.elements:
        row: list = [type(element).__name__]
        for field in fields(element):
            value = getattr(element, field.name)
            if field.name == "level":
                value = min(value, 4)
            elif isinstance(value, tuple):
                value = [spans(line) for line in value]
            elif isinstance(value, str) and field.name not in ("speaker", "extension"):
                value = [spans(line) for line in value.split("\n")]
            row.append(value)
        if row != ["PageBreak"] or (rows and rows[-1] != row):
            rows.append(row)
    return rows[:-1] if rows and rows[-1] == ["PageBreak"] else rows


@settings(max_examples=200, deadline=None)
@given(scripts())
def test_round_trip(script: Script) -> None:
    assume(rendered(script))
    data = encode(script, ".fdx")
    again = decode(data, "a.fdx")
    assert rendered(again) == rendered(script)
    assert replace(again, elements=script.elements) == script  # the first page, exactly
    assert again.provenance == script.provenance
    root = ElementTree.fromstring(data)
    assert next(each.tag for each in root) == "Content"


def test_signs_of_xml_are_escaped() -> None:
    hostile = '</Text><script>alert("x")</script>&amp;--><![CDATA['
    made = Script((Direction(hostile), Speech("A<b>&amp;", (hostile,))), title=hostile)
    made = made.with_provenance({"x": hostile})
    root = ElementTree.fromstring(encode(made, ".fdx"))
    assert not list(root.iter("script"))
    again = decode(encode(made, ".fdx"), "a.fdx")
    assert again == made and again.provenance == {"x": hostile}


def test_verse_keeps_its_lines_in_one_paragraph() -> None:
    verse = Speech("ANNA", ("One,", "two,", "(pause)", "three."), True)
    prose = Speech("ANNA", ("One.", "Two."))
    root = ElementTree.fromstring(encode(Script((verse, prose)), ".fdx"))
    told = [(p.get("Type"), p.findtext("Text")) for p in root.iter("Paragraph")]
    assert told == [
        ("Character", "ANNA"), ("Dialogue", "One,\ntwo,"), ("Parenthetical", "(pause)"),
        ("Dialogue", "three."), ("Character", "ANNA"), ("Dialogue", "One."), ("Dialogue", "Two."),
    ]  # fmt: skip


def test_paragraphs_are_those_of_another_writer() -> None:
    made = Script(
        (
            SceneHeading("INT. HALL - DAY"), Direction("A *storm*."),
            Speech("ANNA", ("Hi.",), parenthetical="aside"), Speech("BEN", ("Ho.",), dual=True),
            Direction("END", True), Transition("CUT TO:"),
        )
    )  # fmt: skip
    theirs = io.StringIO()
    text = fountain.encode(made, ".fountain").decode()
    to_fdx(oracle_parser.parse(io.StringIO(text)), theirs)

    def told(xml: str | bytes) -> list[tuple]:
        return [
            (p.get("Type"), p.get("Alignment"), [(t.text, t.get("Style")) for t in p.findall("Text")])
            for p in ElementTree.fromstring(xml).find("Content").iter("Paragraph")
        ]  # fmt: skip

    assert told(encode(made, ".fdx")) == told(theirs.getvalue().encode())


FOREIGN = b"""\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<FinalDraft DocumentType="Script" Template="No" Version="4">
  <Content>
    <Paragraph Number="12A" Type="Scene Heading">
      <SceneProperties Length="2/8" Page="1" Title=""/>
      <ScriptNote><Paragraph><Text>a note</Text></Paragraph></ScriptNote>
      <Text>INT. BAR</Text><Text Style="Italic"> - DAY</Text>
    </Paragraph>
    <Paragraph Type="Action"><Text AdornmentStyle="0" Style="Bold+AllCaps">Boom.</Text></Paragraph>
    <Paragraph Type="Action"><Text></Text></Paragraph>
    <Paragraph Type="Character"><Text>MOE (V.O.) (CONT'D)</Text></Paragraph>
    <Paragraph Type="Parenthetical"><Text>(wryly)</Text></Paragraph>
    <Paragraph Type="Dialogue"><Text>5 * 3 is _not_ *</Text></Paragraph>
    <Paragraph>
      <DualDialogue>
        <Paragraph Type="Character"><Text>A</Text></Paragraph>
        <Paragraph Type="Dialogue"><Text>One.</Text></Paragraph>
        <Paragraph Type="Character"><Text>B</Text></Paragraph>
        <Paragraph Type="Dialogue"><Text>Two.</Text></Paragraph>
      </DualDialogue>
    </Paragraph>
    <Paragraph Type="Character"><Text>NOBODY</Text></Paragraph>
    <Paragraph Type="Shot" StartsNewPage="Yes"><Text>CLOSE ON</Text></Paragraph>
    <Paragraph Type="New Act"><Text>ACT TWO</Text></Paragraph>
    <Paragraph Type="Singing"><Text>La la</Text></Paragraph>
  </Content>
  <TitlePage><Content>
    <Paragraph Alignment="Center" Type="General"><Text></Text></Paragraph>
    <Paragraph Alignment="Center" Type="General"><Text>THE BAR</Text></Paragraph>
    <Paragraph Alignment="Center" Type="General"><Text>Written by</Text></Paragraph>
    <Paragraph Alignment="Center" Type="General"><Text>Anna</Text></Paragraph>
  </Content></TitlePage>
</FinalDraft>"""


def test_a_file_of_final_draft() -> None:
    script = decode(FOREIGN, "bar.fdx")
    assert (script.title, script.author) == ("THE BAR", "Anna")
    assert script.elements == (
        SceneHeading("INT. BAR *- DAY*", "12A"),
        Direction("**Boom.**"),
        Speech("MOE", (r"5 \* 3 is \_not\_ \*",), parenthetical="wryly", extension="V.O."),
        Speech("A", ("One.",)),
        Speech("B", ("Two.",), dual=True),
        parts.PageBreak(),
        Direction("CLOSE ON"),
        parts.Section("ACT TWO"),
        parts.Lyrics(("La la",)),
    )


def _inside(text: str) -> bytes:
    return f"<FinalDraft><Content>{text}</Content></FinalDraft>".encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a Final Draft file"),
        (b"not xml", "not a Final Draft file"),
        (b"<html/>", "no <FinalDraft>"),
        (b"<FinalDraft/>", "with <Content>"),
        (_inside(""), "no script"),
        (_inside('<Paragraph Type="Character"><Text>A</Text></Paragraph>'), "no script"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><FinalDraft/>', "begins in another way"),
        (FOREIGN.decode("utf-8-sig").encode("utf-16"), "begins in another way"),
        (FOREIGN[:400], "not a Final Draft file"),
        (_inside("<a>" * 10_000 + "</a>" * 10_000), "40 deep"),
        (_inside(f"<Paragraph><Text>{'x' * 30_000}</Text></Paragraph>"), "30,000 characters"),
        (_inside("<Paragraph><Text>x</Text></Paragraph>" * 50_001), "50,000 elements"),
        (_inside("<Paragraph><Text>x</Text></Paragraph>").replace(
            b"<Content>", b'<!-- muse {"cast": [1]} --><Content>'), "to be text"),
        (_inside("<Paragraph><Text>x</Text></Paragraph>").replace(
            b"<Content>", b'<!-- muse {"cast": {}} --><Content>'), "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_script_is_refused_in_one_line(data: bytes, said: str) -> None:
    with pytest.raises(WishError, match=rf"^a\.fdx.*{said}") as caught:
        decode(data, "a.fdx")
    assert "\n" not in str(caught.value)


def test_save_and_open(tmp_path) -> None:
    made = Script((Speech("ANNA", ("Hi",), True),), title="T", provenance={"seed": 7})
    again = open_work(made.save(tmp_path / "a.fdx"))
    assert again == made and again.provenance == {"seed": 7}
