"""The loader: every piece once an epoch, the same rows for a seed, each rank its own."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from muse.data.loader import Loader, cropped, melody_draw
from muse.data.shards import PieceInfo, Shard, write_shard
from muse.theory.chords import Chord
from muse.theory.keys import Key
from muse.theory.meter import Meter
from muse.tokens.melody import flatten, melody_vocabulary
from muse.tokens.melody_reading import read_sheet, score_of_sheet
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.works.base import WishError
from muse.works.score import ChordMark, Note, Part, Score

from .toys import toy_shards

IDS = melody_vocabulary()


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Shard:
    return Shard(toy_shards(tmp_path_factory.mktemp("shards")) / "train.bin")


def loader(shard: Shard, **changes) -> Loader:
    settings = {"rows": 4, "length": 128, "seed": 5} | changes
    return Loader(shard, melody_draw(0.15), **settings)


def rows_of(loader: Loader, steps: int, first: int = 0) -> list[tuple[bytes, bytes]]:
    """Rows of some steps, as comparable values."""
    found = []
    for batch in islice(loader.batches(first), steps):
        found += [(i.tobytes(), p.tobytes()) for i, p in zip(batch.ids, batch.pieces)]
    return found


def test_rows_are_the_same_for_a_seed_and_others_for_another(shard: Shard) -> None:
    assert rows_of(loader(shard), 9) == rows_of(loader(shard), 9)
    assert rows_of(loader(shard), 9) != rows_of(loader(shard, seed=6), 9)


@pytest.mark.parametrize("first", [1, 4, 5, 6, 11])
def test_rows_go_on_at_any_step(shard: Shard, first: int) -> None:
    steps = len(loader(shard).epoch(0)[0]) // 4
    assert 4 <= steps <= 8, "the steps that are tried lie in several epochs"
    assert rows_of(loader(shard), 12)[4 * first :] == rows_of(loader(shard), 12 - first, first)


def test_ranks_share_the_rows_of_a_step(shard: Shard) -> None:
    whole = rows_of(loader(shard), 6)
    ranks = [rows_of(loader(shard, rank=rank, world=2), 6) for rank in range(2)]
    assert not set(ranks[0]) & set(ranks[1])
    for step in range(6):
        halves = [rank[2 * step : 2 * step + 2] for rank in ranks]
        assert sorted(halves[0] + halves[1]) == sorted(whole[4 * step : 4 * step + 4])
    with pytest.raises(ValueError, match="do not divide"):
        loader(shard, world=3)


def test_an_epoch_shows_every_piece_once_and_whole(shard: Shard) -> None:
    ids, pieces = Loader(shard, lambda piece, most, rng: piece.tolist(), rows=4, length=128,
                         seed=5).epoch(3)  # fmt: skip
    shown = []
    for row, numbers in zip(ids, pieces):
        assert sorted(set(numbers)) in ([*range(max(numbers) + 1)], [-1, *range(max(numbers) + 1)])
        assert (numbers[:-1] <= numbers[1:])[numbers[1:] >= 0].all() and (
            row[numbers < 0] == 0
        ).all()
        shown += [tuple(row[numbers == n]) for n in range(max(numbers) + 1)]
    assert sorted(shown) == sorted(tuple(piece) for piece in shard)


def test_rows_are_well_filled(shard: Shard) -> None:
    _, pieces = loader(shard).epoch(0)
    assert (pieces >= 0).mean() > 0.8


def test_a_shard_that_fills_no_step_is_refused(shard: Shard) -> None:
    with pytest.raises(ValueError, match="fewer than 400 a step"):
        next(loader(shard, rows=400).batches())


def test_draws_leave_conditions_unsaid_at_the_asked_rate(shard: Shard) -> None:
    rng, draw = np.random.default_rng(0), melody_draw(0.3)
    drawn = [draw(shard[place % len(shard)], 129, rng) for place in range(400)]
    for name in ("Style_polka", "Chords"):
        share = sum(IDS[name] not in ids for ids in drawn) / 400
        assert 0.22 < share < 0.38, (name, share)
    assert all(IDS["Meter_2/4"] in ids for ids in drawn), "what a wish always knows is always said"
    assert 0.3 < sum(IDS["Fill"] in ids for ids in drawn) / 400 < 0.7
    assert all(len(ids) <= 129 and ids[0] == IDS["BOS"] for ids in drawn)
    plain = melody_draw(0.0)
    assert all(IDS["Chords"] in plain(shard[0], 129, rng) for _ in range(50))


def test_long_pieces_are_cropped_to_whole_bars() -> None:
    notes = tuple(Note(12 * n, 12, 60 + n % 7) for n in range(4 * 60))
    sheet = MelodyTokenizer().sheet(Score((Part(notes),), 30))
    rng, marks, starts = np.random.default_rng(0), set(IDS.family("Bar")), set()
    for _ in range(60):
        crop = cropped(sheet, 200, rng)
        ids = melody_draw(0.1)(
            np.array(MelodyTokenizer().encode(Score((Part(notes),), 30))), 200, rng
        )
        assert len(ids) <= 200 and ids[-1] == IDS["EOS"]
        assert 5 < len(crop.bars) < 30
        assert all(bar.lines in [b.lines for b in sheet.bars] for bar in crop.bars)
        left = [int(IDS.names[bar.head[0]][5:]) for bar in crop.bars]
        assert left == list(range(left[0], left[0] - len(left), -1)) and left[-1] >= 1
        starts.add(30 - left[0])
        assert {i for i in ids if i in marks}
    assert len(starts) > 5
    assert cropped(sheet, 5000, rng) is sheet
    assert read_sheet(
        MelodyTokenizer().encode(Score((Part(notes),), 30))
    ) == MelodyTokenizer().sheet(Score((Part(notes),), 30))


def test_crops_say_the_meter_key_and_chord_they_begin_in() -> None:
    notes = tuple(Note(12 * n, 12, 60 + n % 7) for n in range(20 * 8 + 20 * 6))
    score = Score(
        (Part(notes),), 40, ((1, Meter(4, 4)), (21, Meter(3, 4))),
        ((0, Key(0)), (1920, Key(9, "minor"))), chords=(ChordMark(0, Chord(7, "7")),),
    )  # fmt: skip
    sheet = MelodyTokenizer().sheet(score)
    rng, late = np.random.default_rng(0), 0
    for _ in range(60):
        crop = cropped(sheet, 200, rng)
        assert len(flatten(crop)) <= 200
        first = 41 - int(IDS.names[crop.bars[0].head[0]][5:])
        piece = score_of_sheet(read_sheet(flatten(crop)))
        late += first > 20
        assert (piece.meter, piece.key) == (
            (Meter(3, 4), Key(9, "minor")) if first > 20 else (Meter(4, 4), Key(0))
        )
        start = score.grid()[first - 1].start
        heard = [(n.start - start, n.pitch) for n in score.melody.notes if n.start >= start]
        assert [(n.start, n.pitch) for n in piece.melody.notes] == heard[: len(piece.melody.notes)]
        assert piece.chord_at(0) == piece.chord_at(piece.length - 1) == Chord(7, "7")
    assert 5 < late < 50


def test_shards_give_back_what_was_written(tmp_path: Path) -> None:
    pieces = [
        ([1, 5, 2], PieceInfo("a", "one", "f", 1)),
        ([7] * 300, PieceInfo("b", "two", "g", 9)),
    ]
    counts = write_shard(tmp_path / "x.bin", pieces, "melody", 10)
    assert counts == {"pieces": 2, "tokens": 303, "notes": 10}
    shard = Shard(tmp_path / "x.bin")
    assert [each.tolist() for each in shard] == [ids for ids, _ in pieces]
    assert shard.index.pieces == [info for _, info in pieces] and len(shard) == 2
    (tmp_path / "x.bin").write_bytes(b"\0" * 10)
    with pytest.raises(WishError, match="disagree"):
        Shard(tmp_path / "x.bin")
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(WishError, match="prepare the data"):
        Shard(tmp_path / "x.bin")
