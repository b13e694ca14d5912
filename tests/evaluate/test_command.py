"""`muse evaluate` end to end on small shards and untrained networks."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from muse.bundle import save_bundle
from muse.cli import run
from muse.cli.measures.tunes import (
    broken_promises,
    drawn_rows,
    free_plan,
    matched_tunes,
    short_themes,
    untrained_bundle,
)
from muse.data.shards import PieceInfo, Shard, write_shard
from muse.evaluate.frames import frame_score
from muse.makers.composer import Composer
from muse.models.decoder import Decoder
from muse.theory.keys import Key
from muse.tokens.frames import FrameCodec, frame_vocabulary
from muse.tokens.melody import melody_vocabulary
from muse.tokens.melody_tokenizer import MelodyTokenizer
from muse.train.checkpoint import save_checkpoint
from muse.train.kinds import decoder_config
from muse.works.score import Note, Part, Score

from ..train.toys import toy_recipe


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    rng = np.random.default_rng(0)
    for split, count in (("train", 40), ("valid", 12), ("test", 12)):
        pieces = []
        for number in range(count):
            bars = 2 + number % 3
            pitches = 62 + np.cumsum(rng.choice([-2, 0, 1, 2], 8 * bars))
            notes = tuple(Note(12 * i, 12, int(pitch)) for i, pitch in enumerate(pitches))
            score = Score((Part(notes),), bars, keys=((0, Key(2)),), style="reel")
            ids = MelodyTokenizer().encode(score)
            pieces.append((ids, PieceInfo("made", f"No {number}", str(number), 8 * bars)))
        write_shard(folder / f"{split}.bin", pieces, "melody", len(melody_vocabulary()))
    return folder


def test_the_ngram_measure_prints_and_writes_its_numbers(
    shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "figures.json"
    command = ["evaluate", "melody", "--of", "ngram", "--shards", str(shards), "-o", str(out)]
    assert run(command) == 0
    printed = capsys.readouterr().out
    assert "test, ngram" in printed and "bits/note" in printed and "12 pieces" in printed
    found = json.loads(out.read_text())["ngram"]
    assert found["command"].startswith("muse evaluate melody --of ngram")
    for label in ("ngram", "ngram, bar numbers given"):
        assert found[label]["test"]["pieces"] == 12
        assert found[label]["test"]["notes"] == sum(8 * (2 + n % 3) for n in range(12))
        assert str(found[label]["order"]) in found[label]["valid_bits_per_note_by_order"]


def measured(name: str, measure: str, shards: Path, out: Path, count: int = 6) -> dict:
    command = ["evaluate", name, "--of", measure, "--shards", str(shards), "-o", str(out)]
    assert run([*command, "--count", str(count)]) == 0
    return json.loads(out.read_text())[measure]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("bundles") / "untrained"
    model = untrained_bundle().network()
    save_bundle(
        folder, kind="melody", config=model.config, weights=model.state_dict(),
        about={"version": "0", "licence": "none"}, sampling={}, card="untrained",
    )  # fmt: skip
    return str(folder)


def test_the_likelihood_of_an_untrained_bundle_is_that_of_guessing(
    shards: Path, bundle: str, tmp_path: Path
) -> None:
    found = measured(bundle, "likelihood", shards, tmp_path / "x.json")
    assert found["test"]["nats_per_token"] == pytest.approx(
        np.log(len(melody_vocabulary())), rel=0.05
    )


def test_an_untrained_bundle_writes_nothing_like_the_tunes(
    shards: Path, bundle: str, tmp_path: Path
) -> None:
    found = measured(bundle, "music", shards, tmp_path / "x.json")
    assert found["drawn"] == found["held_out"] == 6
    assert {"grooving_similarity", "notes_per_quarter"} <= set(found["outside_noise"])
    assert found["statistics"]["pitch_range_semitones"]["shift"] > 5
    runs = measured(bundle, "originality", shards, tmp_path / "x.json")
    assert runs["drawn"]["tunes"] == runs["held out"]["tunes"] == 6
    assert runs["drawn"]["most"] < runs["held out"]["median"]


def test_the_human_controls_need_no_bundle(shards: Path, tmp_path: Path) -> None:
    found = measured("none", "human", shards, tmp_path / "x.json", count=12)
    assert found["held_out"] == 12 and found["runs"]["tunes"] == 12
    for figures in found["statistics"].values():
        assert 0 <= figures["floor"] <= figures["expected"] <= 1


def test_a_run_of_frames_is_scored_on_its_own_shards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An untrained network guesses among all tokens; long pieces are read in windows."""
    rng, codec = np.random.default_rng(0), FrameCodec("voices")
    lengths = {"train": [20], "valid": [20, 300], "test": [10, 40, 500]}
    for split, some in lengths.items():
        pieces = []
        for length in some:
            frames = rng.integers(40, 80, (length // 2, 4)).repeat(2, axis=0).tolist()
            pieces.append((codec.encode(frames), PieceInfo("jsb16", split, "", length)))
        write_shard(tmp_path / "shards" / f"{split}.bin", pieces, "jsb16", len(frame_vocabulary()))
    data = {"shards": str(tmp_path / "shards"), "sources": ["jsb16"]}
    recipe = toy_recipe(tmp_path, name="mine", kind="frames", data=data, length=200)
    run_folder = tmp_path / "runs" / "mine"
    model = Decoder(decoder_config(recipe)).eval()
    save_checkpoint(run_folder / "best.safetensors", dict(model.state_dict()), {"step": 0})
    (run_folder / "recipe.json").write_bytes(msgspec.json.encode(recipe))
    out = tmp_path / "figures.json"
    assert run(["evaluate", str(run_folder), "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    found = json.loads(out.read_text())["likelihood"]
    assert found["command"] == (
        f"muse evaluate {run_folder} --of likelihood --shards {tmp_path / 'shards'}"
    )
    assert (found["context"], found["parameters"]) == (200, model.parameter_count)
    for split in ("valid", "test"):
        score = frame_score(model, Shard(tmp_path / "shards" / f"{split}.bin"), 200)
        figures, frames = found[split], sum(lengths[split])
        assert figures["nats_per_frame"] == round(score.nats_per_frame, 4)
        assert (figures["pieces"], figures["frames"]) == (len(lengths[split]), frames)
        assert figures["tokens"] == 4 * frames, "marks say nothing and are not counted"
        assert figures["nats_per_token"] == pytest.approx(np.log(len(frame_vocabulary())), rel=0.1)
        assert figures["nats_per_frame"] == pytest.approx(4 * figures["nats_per_token"], abs=1e-3)
        assert f"{split}, model" in printed
    assert run(["evaluate", str(run_folder), "--of", "music"]) == 2
    assert run(["evaluate", "melody", "--shards", str(tmp_path / "shards")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and "there are: likelihood" in lines[0] and "runs/NAME" in lines[1]


def test_wrong_words_are_refused_in_one_line(
    shards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", "melody", "--of", "beauty", "--shards", str(shards)]) == 2
    assert run(["evaluate", "melody", "--of", "ngram", "--shards", str(shards / "none")]) == 2
    assert run(["evaluate", "nothing", "--of", "likelihood", "--shards", str(shards)]) == 2
    assert run(["evaluate", "melody", "--of", "ngram", "--count", "0"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4 and all(line.startswith("muse: ") for line in lines)


def test_promises_hold_for_an_untrained_network(shards: Path) -> None:
    themes = short_themes(Shard(shards / "valid.bin"))
    found = broken_promises(Composer(untrained_bundle()), themes, 60)
    assert found["draws"] == 60 and found["wishes"] >= 3
    assert found["scores_with_violations"] == 0, found["examples"]


def test_tunes_are_drawn_under_the_conditions_of_held_out_ones(shards: Path) -> None:
    shard = Shard(shards / "test.bin")
    drawn, human, cut = matched_tunes(untrained_bundle(), shard, 14)
    assert len(drawn) == len(human) == 14 and cut == 0
    for one, other in zip(drawn, human):
        assert (one.bars, one.meter, one.key, one.style) == (
            other.bars, other.meter, other.key, other.style,
        )  # fmt: skip
        assert one.melody.notes != other.melody.notes


def test_a_row_is_the_same_alone_and_beside_others(shards: Path) -> None:
    shard = Shard(shards / "test.bin")
    plans = [free_plan(shard[place]) for place in (0, 1, 3)]
    model = untrained_bundle().model
    together = drawn_rows(model, plans, [5, 6, 7])
    alone = drawn_rows(model, plans[1:2], [6])
    end = melody_vocabulary()["EOS"]
    assert together[1][: together[1].index(end)] == alone[0][: alone[0].index(end)]
