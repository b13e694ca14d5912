"""The index of a corpus: planted copies are found and named, damaged files are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from muse.cli import run
from muse.data.shards import PieceInfo, write_shard
from muse.evaluate.copy_corpus import build_index
from muse.evaluate.copy_index import CopyIndex, indexed, read_index, to_bytes
from muse.evaluate.copy_report import chains, compared, longest_and_share
from muse.evaluate.shingles import NOTES, WORDS, characters_of, runs_of, text_run, words_of
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import WishError
from muse.works.poem import Poem
from muse.works.score import Note, Part, Score


def tune(seed: int, notes: int = 64) -> Score:
    """A random tune in eighths, nothing of it anywhere else."""
    rng = np.random.default_rng(seed)
    pitches = rng.integers(55, 80, notes).tolist()
    return Score((Part(tuple(Note(12 * n, 12, p) for n, p in enumerate(pitches))),), notes // 8)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty tunes to learn from, ten held out; one of the latter begins as tune 3 does."""
    folder = tmp_path_factory.mktemp("shards")
    tokenizer = MelodyTokenizer()
    held_out = [tune(100 + n) for n in range(10)]
    held_out[0] = joined(tune(3), held_out[0], 20)
    for split, works in (("train", [tune(n) for n in range(40)]), ("valid", held_out)):
        pieces = [
            (tokenizer.encode(work), PieceInfo("made", f"{split} {n}", f"made:{n}", 64))
            for n, work in enumerate(works)
        ]
        write_shard(folder / f"{split}.bin", pieces, "melody", len(tokenizer.vocabulary))
    return folder


@pytest.fixture(scope="module")
def index(shards: Path) -> CopyIndex:
    return build_index(shards, "melody")


def joined(one: Score, other: Score, count: int) -> Score:
    """The first `count` notes of one tune, then the other's."""
    notes = (*one.melody.notes[:count], *other.melody.notes[count:])
    return replace(other, parts=(Part(notes),))


@settings(max_examples=40, deadline=None)
@given(
    source=st.integers(0, 39), first=st.integers(0, 30), length=st.integers(NOTES, 30),
    higher=st.integers(-12, 12), slower=st.sampled_from([1, 2, 3]),
)  # fmt: skip
def test_a_planted_copy_is_found_in_any_key_and_at_any_speed(
    index: CopyIndex, source: int, first: int, length: int, higher: int, slower: int
) -> None:
    copied = tune(source).melody.notes[first : first + length]
    notes = [
        Note(12 * slower * n, 12 * slower, note.pitch + higher) for n, note in enumerate(copied)
    ]
    after = [Note(notes[-1].start + 12 * slower + 7 * n * n, 3, 60 + n % 2) for n in range(1, 9)]
    work = Score((Part((*notes, *after)),), 200)
    report = compared(work, index, "made")
    assert report.passages[0].title == f"train {source}"
    # The note after it may go on as the source does by chance, the first interval counts alone.
    assert length <= report.longest <= length + 1
    assert report.passages[0].hits == report.longest - NOTES + 1


def test_what_is_new_is_told_as_new(index: CopyIndex) -> None:
    report = compared(tune(500), index, "made")
    assert report.longest == 0
    assert report.passages == ()
    assert "No 7 notes in a row" in str(report)


def test_the_figures_of_held_out_works_are_kept(index: CopyIndex) -> None:
    assert index.human["works"] == 10
    assert index.human["longest"][0] == 0
    assert 20 <= index.human["longest"][100] <= 21  # the one that begins as tune 3
    assert compared(joined(tune(5), tune(600), 30), index, "made").percentile == 100
    assert compared(tune(500), index, "made").percentile == 90


def test_all_voices_are_looked_up(index: CopyIndex) -> None:
    two = replace(tune(500), parts=(tune(500).parts[0], tune(7).parts[0]))
    report = compared(two, index, "made")
    assert report.passages[0].title == "train 7"
    assert report.passages[0].where == "bars 1 to 8 of part 2"


def test_a_file_holds_all_and_nothing_of_the_works(index: CopyIndex, tmp_path: Path) -> None:
    path = tmp_path / "originality.index"
    path.write_bytes(to_bytes(index))
    again = read_index(path)
    assert again.names == index.names
    assert again.human == index.human
    assert np.array_equal(again.hashes, index.hashes)
    for seed in (3, 39, 500):
        runs = runs_of(tune(seed), "notes")
        assert chains(again, runs) == chains(index, runs)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_files_are_refused_or_still_an_index(
    index: CopyIndex, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(to_bytes(index))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    path = tmp_path_factory.mktemp("damaged") / "originality.index"
    path.write_bytes(bytes(whole[: cut if data.draw(st.booleans()) else len(whole)]))
    try:
        compared(tune(3), read_index(path), "damaged")
    except WishError as error:
        assert "\n" not in str(error)


def test_bombs_are_refused(tmp_path: Path) -> None:
    import zlib

    bomb = np.frombuffer(zlib.compress(b"\0" * 100_000_000, 9), np.uint8)
    about = {"format": "muse-originality", "version": "1", "kind": "melody",
             "sizes": "[25000000, 25000000]", "human": "{}"}  # fmt: skip
    path = tmp_path / "originality.index"
    path.write_bytes(save(dict.fromkeys(("hashes", "counts", "works", "names"), bomb), about))
    with pytest.raises(WishError, match="too long"):
        read_index(path)


POEM = (
    "The winter sea is grey and wide,", "And no one asks what waves may hide;",
    "I walk along the broken shore", "And hear the voices heard before.",
    "A lantern swings above the tide", "Where all the little ships have died,",
    "And morning, when it comes at last,", "Will only count the shadows cast.",
)  # fmt: skip


def verse_index() -> CopyIndex:
    return indexed("verse-en", [(("Sea", "A Poet", "made"), [text_run(POEM, "words")])], {})


@pytest.mark.parametrize("first", range(7))
def test_any_two_neighbouring_lines_are_found_however_they_are_broken(first: int) -> None:
    copied = " ".join(POEM[first : first + 2])
    work = Poem(((f"Said he: {copied.upper()}", "and then was silent for a while or so"),))
    report = compared(work, verse_index(), "made")
    assert report.passages[0].title == "Sea"
    assert report.passages[0].author == "A Poet"
    assert report.longest >= WORDS


def test_a_whole_poem_is_one_passage() -> None:
    report = compared(Poem((POEM,)), verse_index(), "made")
    assert report.passages[0].hits == 4
    assert report.longest == len(words_of(" ".join(POEM[1:]))) - len(words_of(POEM[1])) + WORDS


def test_chinese_verse_is_found_by_its_characters() -> None:
    lines = ("白日依山尽，", "黄河入海流。", "欲穷千里目，", "更上一层楼。")
    held = [(("登鹳雀楼", "王之涣", "tang"), [text_run(lines, "characters")])]
    index = indexed("verse-zh", held, {})
    work = Poem((("我有一杯酒", "黄河入海流", "何人共此心", "独上一层楼"),), language="zh")
    report = compared(work, index, "made")
    assert report.passages[0].where == '"黄河入海流"'
    assert report.passages[0].work == "登鹳雀楼 by 王之涣 (tang)"
    assert characters_of("白日，依 山。") == list("白日依山")


def test_a_work_of_another_kind_is_refused(index: CopyIndex) -> None:
    with pytest.raises(WishError, match="not made of notes"):
        compared(Poem((POEM,)), index, "made")


def test_the_command(
    index: CopyIndex, shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, held = tmp_path / "a.mid", tmp_path / "made.index"
    joined(tune(5), tune(600), 30).save(file)
    held.write_bytes(to_bytes(index))
    out = tmp_path / "report.json"
    assert run(["originality", str(file), "--index", str(held), "--json", "-o", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(out.read_text())
    assert told["passages"][0]["title"] == "train 5"
    assert run(["originality", str(file), "--index", str(tmp_path / "no.index")]) == 2
    assert "no.index" in capsys.readouterr().err
    assert run(["originality"]) == 2

    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "config.json").write_text('{"muse": {"kind": "melody"}}')
    assert run(["originality", str(file), "--with", str(bundle)]) == 2
    assert "--from-shards" in capsys.readouterr().err
    assert run(["originality", "--build", str(bundle), "--from-shards", str(shards)]) == 0
    assert run(["originality", str(file), "--with", str(bundle)]) == 0
    assert "as in train 5" in capsys.readouterr().out


def test_an_empty_index_finds_nothing() -> None:
    empty = indexed("melody", [], {})
    assert longest_and_share(empty, runs_of(tune(1), "notes")) == (0, 0.0)
