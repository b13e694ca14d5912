"""The label "AI-generated": on every file of a made work, on none of a person's, and found again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from muse.works.base import WishError
from muse.works.formats import READERS, WRITERS, encode_files, open_work, suffix_of
from muse.works.formats.picture_account import TOLD_SUFFIXES, account_in
from muse.works.poem import Poem
from muse.works.provenance import COMPOSITE, GENERATED, ai_label, labelled
from muse.works.score import Note, Part, Score
from muse.works.script import Script, Speech
from muse.works.story import Story

ACCOUNT = {
    "made_with": "Muse 0.1.0", "verb": "compose", "model": "melody 1", "seed": 7, "piece": 0,
    "rank": 0, "settings": {"bars": 2, "theme": "(a) \\ <sea> – 海 ]]> --", "seed": 7},
    "data_licence": "public domain", "ai_generated": True,
}  # fmt: skip
FIELDS = {
    "Label", "ContentProducer", "ProduceID", "ReservedCode1",
    "ContentPropagator", "PropagateID", "ReservedCode2",
}  # fmt: skip
"""The seven names that GB 45438-2025, annex E, lists."""

SCORE = Score((Part(tuple(Note(24 * n, 24, 60 + n) for n in range(8))),), 2, title="Tune")
WORKS = {
    "Score": SCORE,
    "Poem": Poem((("The sea is wide", "and I abide"),), title="Sea"),
    "Script": Script((Speech("ANNA", ("Who is there?",)),), cast=("ANNA",), title="Door"),
    "Story": Story(("It was a winter night.",), title="Night"),
}
CASES = [(kind, suffix) for kind in WORKS for suffix in WRITERS[kind]]


@pytest.mark.parametrize(("kind", "suffix"), CASES)
def test_every_format_of_every_work_carries_the_label(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    path = WORKS[kind].with_provenance(ACCOUNT).save(tmp_path / f"work{suffix}")
    told = told_by(path)
    assert set(told["AIGC"]) == FIELDS
    assert all(isinstance(text, str) for text in told["AIGC"].values())
    assert told["AIGC"]["Label"] == "1"
    assert told["digital_source_type"] == GENERATED
    assert told["settings"] == ACCOUNT["settings"]
    assert {"model", "seed", "data_licence", "prompt_sha256", "made_with"} <= set(told)


@pytest.mark.parametrize(("kind", "suffix"), CASES)
def test_no_file_of_a_persons_work_is_labelled(tmp_path: Path, kind: str, suffix: str) -> None:
    work = WORKS[kind]
    for path, data in encode_files(work, tmp_path / f"work{suffix}", suffix):
        for word in (b"AIGC", b"lgorithmicMedia", b"prompt_sha256"):
            assert word not in data, path


@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".abc", ".json"])
def test_a_file_of_a_person_passed_through_stays_unlabelled(tmp_path: Path, suffix: str) -> None:
    """As `muse show` and Python's open and save do it."""
    first = WORKS["Score"].save(tmp_path / f"one{suffix}")
    second = open_work(first).save(tmp_path / "two.musicxml")
    assert "AIGC" not in second.read_text()


def test_formats_with_named_fields_carry_the_label_under_its_own_name(tmp_path: Path) -> None:
    score = SCORE.with_provenance(ACCOUNT)
    label = json.dumps(ai_label(labelled_account()))
    assert b"\xff\x01" in score.save(tmp_path / "a.mid").read_bytes()
    assert b'{"AIGC": {"Label": "1"' in (tmp_path / "a.mid").read_bytes()
    xml = score.save(tmp_path / "a.musicxml").read_text()
    assert '<miscellaneous-field name="AIGC">{"Label": "1"' in xml
    assert GENERATED in xml
    assert f"%%AIGC {label}" in score.save(tmp_path / "a.abc").read_text()
    assert b"iTXtAIGC\0" in score.save(tmp_path / "a.roll.png").read_bytes()
    svg = score.save(tmp_path / "a.svg").read_text()
    assert "<TC260:AIGC>" in svg
    assert f"<Iptc4xmpExt:DigitalSourceType>{GENERATED}<" in svg
    page = WORKS["Poem"].with_provenance(ACCOUNT).save(tmp_path / "a.html").read_text()
    assert '<meta name="AIGC" content="{&quot;Label&quot;: &quot;1&quot;' in page


def labelled_account() -> dict[str, object]:
    """The account as it is when the label is made of it."""
    account = dict(labelled(SCORE.with_provenance(ACCOUNT)).provenance)
    del account["AIGC"]
    return account


def test_a_second_writing_keeps_the_first_label(tmp_path: Path) -> None:
    path = SCORE.with_provenance(ACCOUNT).save(tmp_path / "a.musicxml")
    first = open_work(path)
    again = open_work(first.save(tmp_path / "b.abc"))
    assert again.provenance["AIGC"] == first.provenance["AIGC"]


def test_the_number_is_that_of_the_wish_and_the_seed() -> None:
    one = labelled(SCORE.with_provenance(ACCOUNT)).provenance
    same = labelled(SCORE.with_provenance(dict(reversed(ACCOUNT.items())))).provenance
    other = labelled(SCORE.with_provenance(ACCOUNT | {"seed": 8})).provenance
    assert one["AIGC"] == same["AIGC"] != other["AIGC"]
    assert one["prompt_sha256"] == other["prompt_sha256"]


def test_edits_of_a_persons_work_are_composites() -> None:
    fill = ACCOUNT | {"verb": "fill"}
    assert labelled(SCORE.with_provenance(fill)).provenance["digital_source_type"] == COMPOSITE
    of_ours = fill | {"history": [ACCOUNT]}
    assert labelled(SCORE.with_provenance(of_ours)).provenance["digital_source_type"] == GENERATED
    of_theirs = ACCOUNT | {"verb": "vary", "history": [fill]}
    assert labelled(SCORE.with_provenance(of_theirs)).provenance["digital_source_type"] == COMPOSITE


def test_a_service_may_name_itself_as_the_producer() -> None:
    label = ai_label(ACCOUNT | {"producer": "001191110102MAD55U9H0F10002"})
    assert label["ContentProducer"] == "001191110102MAD55U9H0F10002"
    assert ai_label(ACCOUNT)["ContentProducer"] == "Muse 0.1.0 (melody 1)"


@pytest.mark.parametrize("label", [{}, "1", {"Label": 1}, {"Label": "9"}, {"Label": "1", "X": 3}])
def test_a_spoiled_label_is_written_anew(label: object) -> None:
    work = SCORE.with_provenance(ACCOUNT | {"AIGC": label})
    assert set(labelled(work).provenance["AIGC"]) == FIELDS


def test_pictures_stay_pictures(tmp_path: Path) -> None:
    import cairocffi

    score = SCORE.with_provenance(ACCOUNT)
    plain = cairocffi.ImageSurface.create_from_png(str(SCORE.save(tmp_path / "a.png")))
    told = cairocffi.ImageSurface.create_from_png(str(score.save(tmp_path / "b.png")))
    assert bytes(plain.get_data()) == bytes(told.get_data())


def test_a_long_history_is_read_from_every_file(tmp_path: Path) -> None:
    account = ACCOUNT | {"history": [ACCOUNT] * 20}
    for suffix in (".wav", ".flac", ".png", ".pdf", ".svg"):
        told = account_in(SCORE.with_provenance(account).save(tmp_path / f"a{suffix}"))
        assert len(told["history"]) == 20, suffix


@pytest.mark.parametrize("suffix", TOLD_SUFFIXES)
@pytest.mark.parametrize("data", [b"", b"RIFF....WAVELIST", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xff"])
def test_what_is_no_such_file_is_refused_or_says_nothing(
    tmp_path: Path, suffix: str, data: bytes
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    try:
        assert account_in(path) == {}
    except WishError as error:
        assert str(path) in str(error)


def test_a_label_alone_makes_a_work_a_made_one() -> None:
    work = replace(SCORE, provenance={"AIGC": ai_label(ACCOUNT)})
    assert labelled(work).provenance["AIGC"] == ai_label(ACCOUNT)


def told_by(path: Path) -> dict[str, object]:
    """The account that a file holds, or the one beside it."""
    if path.suffix in TOLD_SUFFIXES and suffix_of(path) not in READERS:
        return account_in(path)
    return dict(open_work(path).provenance)
