"""Song ci: variants, splits, and shi that leave the held-out poems alone."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from muse.data import songci as module
from muse.data.characters import CORPORA, write_corpus
from muse.data.songci import (
    LINE,
    agreeing,
    han,
    published_songci,
    read_poems,
    runs,
    songci,
    songci_and_shi,
    split_of_poem,
    without_variants,
)
from muse.works.base import WishError

CHARACTERS = [chr(code) for code in range(0x4E00, 0x4E00 + 400)]
POEM = "槛菊愁烟兰泣露。\n罗幕轻寒，燕子双飞去。\n明月不谙离恨苦。\n斜光到晓穿朱户。"
VARIANT = "槛菊愁烟沾秋露。\n天微冷，双燕辞去。\n明月不谙别离苦。\n斜光到晓穿朱户。"


def poems(count: int, seed: int) -> list[list[str]]:
    rng = random.Random(seed)
    return [["".join(rng.choices(CHARACTERS, k=7)) + "。" for _ in range(4)] for _ in range(count)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A collection as npm unpacks it: 200 ci, a variant of one, and shi that quote ci."""
    dist = tmp_path / "package" / "dist"
    (dist / "songci").mkdir(parents=True)
    (dist / "quantangshi").mkdir()
    ci = poems(200, 0)
    ci.append([*ci[3][:3], "大江东去浪淘尽。"])
    for name, some in (("0", ci[:100]), ("1000", ci[100:])):
        entries = [{"author": "x", "paragraphs": each, "rhythmic": "y"} for each in some]
        (dist / "songci" / f"ci.song.{name}.json").write_text(json.dumps(entries))
    (dist / "songci" / "author.song.json").write_text("[]")
    held_out = next(each for each in ci if split_of_poem("\n".join(each)) != "train")
    learned = next(each for each in ci if split_of_poem("\n".join(each)) == "train")
    shi = [*poems(30, 1), [*poems(1, 2)[0][:3], held_out[1]], learned, ["千山（一作峰）"], []]
    shi.append(shi[0])
    entries = [{"author": "x", "paragraphs": each, "title": "z"} for each in shi]
    (dist / "quantangshi" / "poet.tang.0.json").write_text(json.dumps(entries))
    return tmp_path


def test_poems_are_their_lines_in_the_order_of_the_files(folder: Path) -> None:
    found = list(read_poems(folder, module.CI))
    assert found[:200] == ["\n".join(each) for each in poems(200, 0)]
    assert found == list(read_poems(folder / "package" / "dist", module.CI))
    with pytest.raises(WishError, match=r"no files songci/ci.*unpack npm's chinese-poetry 2\.0\.1"):
        list(read_poems(folder / "nowhere", module.CI))
    (folder / "package" / "dist" / "songci" / "ci.song.9.json").write_text('[{"text": 1}]')
    with pytest.raises(WishError, match=r"cannot read .*ci\.song\.9\.json: KeyError"):
        list(read_poems(folder, module.CI))


def test_variants_are_found() -> None:
    other = "昨夜西风凋碧树。\n独上高楼，望尽天涯路。"
    assert without_variants([POEM, other, VARIANT, POEM, "。", "，"]) == [0, 1, 4]
    assert without_variants([VARIANT, POEM]) == [0]
    assert runs("abcd", 3) == {"abc", "bcd"} and runs("ab", 3) == set()
    assert han(POEM)[:9] == "槛菊愁烟兰泣露罗幕"


def test_the_split_is_by_poem_and_fixed(folder: Path) -> None:
    corpus = songci(folder)
    assert songci(folder) == corpus
    assert corpus.sources["songci"]["left_out"] == {"variants of earlier poems": 1}
    texts = {split: {t.characters for t in some} for split, some in corpus.splits.items()}
    assert sum(map(len, texts.values())) == 200 == len(set.union(*texts.values()))
    assert 165 < len(texts["train"]) < 195 and texts["valid"] and texts["test"]
    assert all(text.endswith("。\n\n") for some in texts.values() for text in some)
    for split, some in texts.items():
        assert {split_of_poem(text) for text in some} == {split}
    # Points do not decide, and the rule never changes: shards of two machines are the same.
    assert split_of_poem(POEM) == split_of_poem(han(POEM)) == "train"
    assert [split_of_poem(c) for c in "一丁不专"] == ["test", "train", "valid", "train"]
    shares = [split_of_poem(chr(0x4E00 + number)) for number in range(4000)]
    assert abs(shares.count("train") - 3600) < 80 and abs(shares.count("valid") - 200) < 60


def test_shi_are_added_without_what_is_held_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "simplifier", lambda: lambda text: text)
    own, both = songci(folder), songci_and_shi(folder)
    assert both.sources["shi"]["left_out"] == {
        "7 characters of a held-out ci": 1,
        "signs beside characters and points, or none": 1,
        "copies of earlier poems": 1,
    }
    added = both.splits["train"][len(own.splits["train"]) :]
    assert both.splits["train"][: len(own.splits["train"])] == own.splits["train"]
    assert {key: both.splits[key] for key in ("valid", "test")} == {
        key: own.splits[key] for key in ("valid", "test")
    }
    assert len(added) == 31 and {text.begin for text in added} == {"Other"}
    held_out = {
        run
        for split in ("valid", "test")
        for text in own.splits[split]
        for run in runs(han(text.characters), LINE)
    }
    assert not any(held_out & runs(han(text.characters), LINE) for text in added)
    write_corpus(own, folder / "own")
    write_corpus(both, folder / "both")
    for name in ("characters.json", "valid.bin", "test.bin"):
        assert (folder / "own" / name).read_bytes() == (folder / "both" / name).read_bytes()


def test_shi_are_written_as_the_ci_are() -> None:
    known = set("軿车隐花")
    assert agreeing("軿車花", "𫐌车花", known) == "軿车花"
    assert agreeing("隠花", "隠花", known) == "隐花"
    assert agreeing("後", "后后", known) == "后后", "texts of other lengths are left as they are"


def test_another_collection_is_not_the_published_corpus(folder: Path) -> None:
    with pytest.raises(WishError, match="are not the published corpus: SHA-256"):
        published_songci(folder)
    assert set(CORPORA) == {"tinyshakespeare", "songci", "songci-plus", "songci-published"}
