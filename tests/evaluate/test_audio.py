"""Measures of sound on sounds whose measures are known; publishing and measuring a toy run."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from muse.bundle_network import load_network
from muse.cli.measures.voices import plays, voice_bundle
from muse.cli.publishing.voices import publish_voice
from muse.evaluate.audio import cents_off, distances, faults, onset_f1, transcribed
from muse.nn.mel import MelDefinition
from muse.train.run import train
from muse.works.base import WishError
from muse.works.sounding import harmonic_source

RATE = 22_050
_spec = importlib.util.spec_from_file_location(
    "voice_toys", Path(__file__).parents[1] / "train" / "voice_toys.py"
)
assert _spec and _spec.loader
voice_toys = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(voice_toys)


def tones(pitches: list[int], length: float = 0.5) -> np.ndarray:
    notes = np.array([[i * length, (i + 0.8) * length, p, 100] for i, p in enumerate(pitches)])
    return 3 * harmonic_source(notes, RATE, 0, round((len(pitches) + 1) * length * RATE))


def test_distances_grow_with_the_difference() -> None:
    sound, noise = tones([60, 64, 67]), np.random.default_rng(0).standard_normal(44_100)
    same, near, far = (
        distances((sound + level * noise[: len(sound)]).astype(np.float32), sound, MelDefinition())
        for level in (0, 1e-3, 1e-2)
    )
    for name in ("log-mel L1", "STFT distance"):
        assert same[name] == 0 < near[name] < far[name]


def test_faults_are_found() -> None:
    sound = tones([60] * 4)
    clean = faults(sound, [10_000, 20_000])
    assert clean["border"] <= 1.2 and clean["clipped"] == 0 and abs(clean["dc"]) < 0.01
    broken = sound.copy()
    broken[20_000:] += 0.5
    assert faults(broken, [10_000, 20_000])["border"] > 1.5
    assert faults(np.clip(20 * sound, -1, 1))["clipped"] > 0.05


def test_f1_counts_each_note_once() -> None:
    played = [(0.0, 60), (1.0, 60), (2.0, 64)]
    assert onset_f1(played, played) == 1
    assert onset_f1([(0.0, 60), (0.01, 60), (0.02, 60)], played) == pytest.approx(2 / 6)
    assert onset_f1([(0.04, 60)], played[:1]) == 1 and onset_f1([(0.06, 60)], played[:1]) == 0
    assert onset_f1([], []) == 1 and onset_f1([], played) == 0


def test_an_independent_ear_hears_the_notes() -> None:
    pytest.importorskip("onnxruntime")
    pitches = [60, 64, 67, 72, 62, 65, 69, 74]
    time = np.arange(round(0.5 * RATE)) / RATE
    struck = [
        sum(np.sin(2 * np.pi * n * 440 * 2 ** ((pitch - 69) / 12) * time) / n**2 for n in (1, 2, 3))
        * np.exp(-6 * time)
        * np.minimum(1, np.minimum(time / 0.003, (0.5 - time) / 0.05))
        for pitch in pitches
    ]
    try:
        heard = transcribed((0.4 * np.concatenate(struck)).astype(np.float32))
    except WishError as error:
        pytest.skip(str(error))
    wanted = [(0.5 * place, pitch) for place, pitch in enumerate(pitches)]
    # The attacks themselves are heard as high notes too; the notes that were struck are all there.
    struck_ones = [each for each in heard if each[1] in pitches]
    assert onset_f1(struck_ones, wanted, 0.05) == 1


def test_a_quarter_tone_is_fifty_cents() -> None:
    if any(importlib.util.find_spec(name) is None for name in ("torchcrepe", "resampy")):
        pytest.skip("torchcrepe is not installed")
    found = cents_off(tones([69] * 4), tones([69] * 4), RATE)
    assert found["median cents"] < 1 and found["within 50 cents"] == 1
    sharp = np.interp(
        np.arange(0, 50_000) * 2 ** (1 / 12), np.arange(60_000), tones([69] * 5)[:60_000]
    )
    off = cents_off(sharp.astype(np.float32), tones([69] * 5)[:50_000], RATE)
    assert 80 < off["median cents"] < 120


def test_what_is_missing_for_measuring_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WishError, match="basic-pitch"):
        transcribed(np.zeros(100, np.float32))
    with pytest.raises(WishError, match="torchcrepe"):
        cents_off(np.zeros(100, np.float32), np.zeros(100, np.float32), RATE)


def test_a_run_becomes_a_bundle_without_its_critics(tmp_path: Path) -> None:
    shards = voice_toys.toy_renders(tmp_path / "shards")
    counts = {"pieces": 2, "notes": 16, "seconds": 8}
    (shards / "report.json").write_text(
        json.dumps({"splits": {"train": counts}, "soundfont": "toy"})
    )
    recipe = voice_toys.toy_recipe(
        "voice-gan", shards, 2, evaluate_every=1, objective={"adversarial_from": 1}
    )
    run = tmp_path / "runs" / "voice-gan"
    train(recipe, tmp_path / "runs")
    (run / "recipe.json").write_bytes(msgspec.json.encode(recipe))
    assert plays(str(run)) and not plays(str(tmp_path))
    learned = voice_bundle(str(run))
    figures = tmp_path / "figures.json"
    figures.write_text(json.dumps({"speed": {"command": "muse evaluate x", "a": {"b": 1.5}}}))
    bundle = load_network(publish_voice(recipe, run, tmp_path / "bundles", "3", [figures]))
    assert bundle.version == "3" and bundle.config == learned.config
    assert not any("critic" in name for name in bundle.model.state_dict())
    card = (bundle.folder / "README.md").read_text()
    assert "| a, b | 1.5 |" in card and "FluidSynth" in card and "muse render" in card
    with pytest.raises(WishError, match="writes it"):
        publish_voice(recipe, tmp_path, tmp_path, "1")
