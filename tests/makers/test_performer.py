"""Scores as sound by untrained voices: in blocks and whole, in stereo, within bounds."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import muse
from muse.bundle_network import NetworkBundle, build_network, network_config, save_network
from muse.cli import run
from muse.makers import mixing
from muse.makers.performer import Performer, performer_of, render, stand_ins
from muse.makers.voices import frame_noise
from muse.nn.mel import MelDefinition
from muse.works.audio import Audio
from muse.works.base import WishError
from muse.works.mastering import PEAK
from muse.works.score import Note, Part, Score

SMALL = {"size": 16, "layers": 2, "expand": 2}
KINDS = ["voice-gan", "voice-flow"]


def bundle(kind: str, **fields: object) -> NetworkBundle:
    """An untrained bundle."""
    torch.manual_seed(0)
    config = network_config(kind, SMALL | fields)
    model = build_network(kind, config).eval().requires_grad_(False)
    for weight in model.trunk.modulations.parameters():  # zeros before any training
        weight.normal_(std=0.3)
    return NetworkBundle(kind, Path(), kind, "1", config, model, {})


def player(kind: str) -> Performer:
    return performer_of(bundle(kind), bundle("acoustic"), steps=3)


def tune(notes: int = 12, program: int = 0, parts: int = 1) -> Score:
    line = tuple(Note(12 * i, 12, 60 + i * 5 % 13) for i in range(notes))
    return Score(tuple(Part(line, f"part {n}", program) for n in range(parts)), notes // 8 + 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("block", [40, 77])
def test_blocks_are_the_whole(kind: str, block: int) -> None:
    score, made = tune(), player(kind)
    whole = np.concatenate([*made.stream(score, block=100_000)], axis=1)
    parts = np.concatenate([*made.stream(score, block=block)], axis=1)
    assert whole.shape == parts.shape and np.abs(whole).max() > 1e-3
    assert np.abs(parts - whole).max() < 1e-5 * np.abs(whole).max()


def test_noise_of_a_stretch_is_that_of_the_whole() -> None:
    whole = frame_noise(5, 0, 300, 8)
    assert torch.equal(frame_noise(5, 130, 77, 8), whole[130:207])
    assert not torch.equal(frame_noise(6, 0, 300, 8), whole) and abs(float(whole.std()) - 1) < 0.1


def test_a_render_is_loud_stereo_and_never_clips() -> None:
    shares: list[float] = []
    made = player("voice-gan").render(tune(parts=3), watch=shares.append)
    assert isinstance(made, Audio) and made.samples.shape[0] == 2 and made.rate == 22_050
    assert 5 < made.seconds < 6 and np.abs(made.samples).max() <= PEAK + 1e-6
    assert 0.05 < np.sqrt(np.mean(made.samples**2)) < 0.4
    assert abs(made.samples.mean()) < 0.01 and shares[-1] == 1 and shares == sorted(shares)
    assert made.provenance["voice"] == "gan" and made.provenance["ai_generated"] is True
    assert made.provenance["model"] == "voice-gan 1, acoustic 1"


def test_parts_stand_left_and_right_and_stems_are_each_for_itself() -> None:
    score = tune(parts=2)
    low = replace(score.parts[1], notes=tuple(replace(n, pitch=40) for n in score.parts[1].notes))
    score = replace(score, parts=(score.parts[0], low))
    made = player("voice-gan")
    stems = made.stems(score)
    mixed = np.concatenate([*made.stream(score)], axis=1)
    sides = [mixing.stereo(stem.samples[0], at) for stem, at in zip(stems, mixing.places(2))]
    assert np.abs(sides[0] + sides[1] - mixed).max() < 1e-4
    assert np.abs(sides[0][0]).max() > np.abs(sides[0][1]).max()


def test_a_timbre_lies_between_two_instruments() -> None:
    made = player("voice-gan")
    each = [
        made.stems(tune(), timbre=timbre)[0].samples
        for timbre in ({"violin": 1}, {"flute": 1}, {"violin": 0.5, "flute": 0.5})
    ]
    assert not np.allclose(each[0], each[1]) and not np.allclose(each[2], each[0])
    with pytest.raises(WishError, match="kazoo"):
        made.render(tune(), timbre={"kazoo": 1})
    with pytest.raises(WishError, match="0 to 1"):
        made.render(tune(), timbre={"flute": float("nan")})


def test_what_cannot_be_played_is_told() -> None:
    made = player("voice-gan")
    with pytest.raises(WishError, match="no notes"):
        made.render(Score((Part(),), 1))
    with pytest.raises(WishError, match="21 to 108"):
        made.render(Score((Part((Note(0, 24, 10),)),), 1))
    with pytest.raises(WishError, match="hours"):
        made.render(Score((Part((Note(0, 24 * 100_000, 60),)),), 25_000, tempos=((0, 10.0),)))
    with pytest.raises(WishError, match="no numbers"):
        made.sound_of_mel(np.full((10, 100), np.nan))
    with pytest.raises(WishError, match="Slaney"):
        made.sound_of_mel(np.zeros((10, 80)))
    assert made.sound_of_mel(np.full((10, 100), -4.0)).samples.shape == (1, 9 * 256)
    assert stand_ins(tune(program=14)) == {14: "piano"} and stand_ins(tune(program=40)) == {}


def test_mels_of_two_definitions_are_refused_by_name() -> None:
    other = bundle("acoustic", mel={"highest": 8000.0})
    made = performer_of(bundle("voice-gan"), other)
    with pytest.raises(WishError) as told:
        made.render(tune())
    for mel in (MelDefinition(), MelDefinition(highest=8000.0)):
        assert mel.fingerprint in str(told.value)


def test_a_stopped_render_stops() -> None:
    class Enough(Exception):
        pass

    def watch(share: float) -> None:
        raise Enough

    with pytest.raises(Enough):
        player("voice-gan").render(tune(), watch=watch)


def test_long_sounds_lie_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixing, "HELD_SECONDS", 1)
    made = player("voice-gan").render(tune())
    assert isinstance(made.samples, np.memmap) and 0.1 < np.abs(made.samples).max() <= PEAK + 1e-6


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shelf with untrained bundles."""
    monkeypatch.setenv("MUSE_HOME", str(tmp_path / "home"))
    for kind in ("acoustic", *KINDS):
        made, about = bundle(kind), {"version": "1", "licence": "MIT"}
        save_network(
            tmp_path / "home" / kind, kind=kind, config=made.config,
            weights=made.model.state_dict(), about=about, card="x",
        )  # fmt: skip
    return tmp_path


def test_the_command_renders_by_every_voice_with_a_bundle(home: Path, capsys) -> None:
    theme = tune(8, program=14).save(home / "tune.mid")
    for voice in ("gan", "flow", "griffinlim"):
        out = home / f"{voice}.flac"
        words = ["render", str(theme), "-o", str(out), "--voice", voice, "--rate", "44100"]
        assert run([*words, "--stems", str(home / voice)]) == 0, capsys.readouterr().err
        found = muse.open(out)
        assert isinstance(found, Audio) and found.rate == 44_100
        assert found.provenance["voice"] == voice and (home / voice / "tune-1.wav").is_file()
    assert "played as piano" in capsys.readouterr().err
    assert isinstance(muse.load("voice-gan"), Performer)


def test_wrong_wishes_for_sound_are_one_line(home: Path, monkeypatch, capsys) -> None:
    theme = str(tune(8).save(home / "tune.mid"))
    wrong = {
        ".xyz": ["-o", "a.xyz"], "kazoo": ["--timbre", "kazoo", "--voice", "gan"],
        "steps": ["--steps", "0", "--voice", "flow"], "room": ["--room", "7"],
        "violin:0.5": ["--timbre", "violin:x"], "preview": ["--voice", "preview", "--stems", "d"],
    }  # fmt: skip
    for word, options in wrong.items():
        assert run(["render", theme, *options]) == 2
        told = capsys.readouterr().err
        assert word in told and told.count("\n") == 1
    monkeypatch.setenv("MUSE_HOME", str(home / "nothing"))
    monkeypatch.setattr("muse.hub.shelves", lambda: [home / "nothing"])
    assert run(["render", theme, "--voice", "gan"]) == 2
    assert "needs the bundle voice-gan" in capsys.readouterr().err
    assert run(["render", theme, "-o", str(home / "a.ogg")]) == 0
    assert muse.open(home / "a.ogg").provenance["voice"] == "preview"


def test_fluidsynth_plays_where_it_is(tmp_path: Path) -> None:
    if shutil.which("fluidsynth") is None:
        pytest.skip("fluidsynth is not installed")
    try:
        made = render(tune(4, program=73), "soundfont", room=0)
    except WishError as error:
        pytest.skip(str(error))
    assert made.samples.shape[0] == 2 and np.abs(made.samples).max() > 0.1
