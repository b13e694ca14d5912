"""Measures of sound: distances in spectra, faults, pitch, and what an independent ear transcribes.

Conventions:
    Sounds are (T,) float32 at the rate that is said. Pitch and transcription need packages for
    development (`torchcrepe`; `onnxruntime` and the model in `basic-pitch`), read only when used.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from muse.nn.mel import MelDefinition, log_mel
from muse.nn.spectral_distance import stft_distance
from muse.works.base import WishError

Sound = NDArray[np.float32]

TRANSCRIBED_RATE = 22_050
_WINDOW, _HOP, _FRAME, _OVERLAP = 43_844, 36_164, 256, 15
"""Of basic-pitch (Bittner et al. 2022): samples a window, from one to the next, a frame; frames cut."""


def distances(made: Sound, wanted: Sound, mel: MelDefinition) -> dict[str, float]:
    """Mean L1 of the log-mels, and the multi-resolution STFT distance, of equally long sounds."""
    pair = [torch.from_numpy(np.ascontiguousarray(sound))[None] for sound in (made, wanted)]
    off = (log_mel(pair[0], mel) - log_mel(pair[1], mel)).abs().mean()
    return {"log-mel L1": float(off), "STFT distance": float(stft_distance(pair[0], pair[1]))}


def faults(sound: Sound, borders: Sequence[int] = ()) -> dict[str, float]:
    """Share of clipped samples, mean (DC), and how borders between blocks stick out.

    Args:
        sound: (T,).
        borders: first samples of blocks.

    Returns:
        "border" is the largest second difference at a border over the largest elsewhere: at most
        about 1 if there are no clicks.
    """
    bend = np.abs(np.diff(sound, 2))
    found = {"clipped": float((np.abs(sound) >= 0.999).mean()), "dc": float(sound.mean())}
    if len(borders):
        near = np.zeros(len(bend), bool)
        for border in borders:
            near[max(0, border - 3) : border + 2] = True
        found["border"] = float(bend[near].max() / max(bend[~near].max(), 1e-9))
    return found


def seconds_taken(make: Callable[[], Any], times: int = 3) -> float:
    """The median wall time of a call, in seconds, after one that is not counted."""
    make()
    found = []
    for _ in range(times):
        began = perf_counter()
        make()
        found.append(perf_counter() - began)
    return float(np.median(found))


def cents_off(made: Sound, wanted: Sound, rate: int) -> dict[str, float]:
    """How far the pitch of a sound of one voice is from another's, where both have one.

    CREPE (Kim et al. 2018), its smallest network, as `torchcrepe` brings it.

    Raises:
        WishError: if torchcrepe is not installed.
    """
    crepe = _crepe()
    tracks = []
    for sound in (made, wanted):
        audio = torch.from_numpy(np.ascontiguousarray(sound))[None]
        pitch, sure = crepe.predict(
            audio, rate, hop_length=rate // 100, fmin=50, fmax=2000, model="tiny",
            decoder=crepe.decode.weighted_argmax,  # the usual one adds noise to hide its steps
            return_periodicity=True, device="cpu", batch_size=512,
        )  # fmt: skip
        tracks.append((pitch[0].numpy(), sure[0].numpy()))
    (ours, _), (theirs, sure) = tracks
    voiced = sure > 0.5
    if not voiced.any():
        return {"median cents": float("nan"), "within 50 cents": 0.0, "periodicity error": 0.0}
    cents = 1200 * np.abs(np.log2(ours[voiced] / theirs[voiced]))
    error = np.sqrt(np.mean((tracks[0][1] - sure) ** 2))
    return {
        "median cents": float(np.median(cents)), "within 50 cents": float((cents < 50).mean()),
        "periodicity error": float(error),
    }  # fmt: skip


def transcribed(sound: Sound) -> list[tuple[float, int]]:
    """Onsets that basic-pitch's network hears in a sound at 22,050 Hz: (seconds, MIDI pitch).

    An onset is a peak along time of the network's onset map above 0.5.

    Raises:
        WishError: if onnxruntime or basic-pitch is not installed.
    """
    session = _transcriber()
    padded = np.concatenate([np.zeros(_OVERLAP * _FRAME, np.float32), sound])
    found = []
    for number, at in enumerate(range(0, len(padded), _HOP)):
        window = padded[at : at + _WINDOW]
        window = np.pad(window, (0, _WINDOW - len(window)))[None, :, None]
        outputs = session.run(None, {session.get_inputs()[0].name: window.astype(np.float32)})
        # Of its three maps the onsets are the last of the two with 88 keys.
        named = dict(zip([each.name for each in session.get_outputs()], outputs))
        onsets = named["StatefulPartitionedCall:2"][0][_OVERLAP:-_OVERLAP]
        before = np.pad(onsets, ((1, 0), (0, 0)))[:-1]
        after = np.pad(onsets, ((0, 1), (0, 0)))[1:]
        peaks = (onsets > 0.5) & (onsets >= before) & (onsets > after)
        for frame, key in np.argwhere(peaks[: _HOP // _FRAME + 1]):
            found.append(((number * _HOP + frame * _FRAME) / TRANSCRIBED_RATE, int(key) + 21))
    return sorted(found)


def onset_f1(
    heard: Sequence[tuple[float, int]], played: Sequence[tuple[float, int]], tolerance: float = 0.05
) -> float:
    """F1 of notes (seconds, pitch) whose onsets agree within `tolerance` seconds, each used once."""
    if not heard or not played:
        return float(not heard and not played)
    by_pitch: dict[int, list[float]] = {}
    for time, pitch in sorted(heard):
        by_pitch.setdefault(pitch, []).append(time)
    hits = 0
    for time, pitch in sorted(played):
        open_times = by_pitch.get(pitch, [])
        place = next((i for i, t in enumerate(open_times) if abs(t - time) <= tolerance), None)
        if place is not None:
            del open_times[place]
            hits += 1
    return 2 * hits / (len(heard) + len(played))


def _crepe() -> Any:
    """torchcrepe, which imports torchaudio for files alone: where that cannot load, it goes without."""
    if any(importlib.util.find_spec(name) is None for name in ("torchcrepe", "resampy")):
        raise WishError("pitch is measured by torchcrepe: pip install torchcrepe")
    try:
        import torchaudio  # noqa: F401
    except (ImportError, OSError):
        for name in [name for name in sys.modules if name.startswith("torchaudio")]:
            del sys.modules[name]
        sys.modules["torchaudio"] = types.ModuleType("torchaudio")
    import torchcrepe

    return torchcrepe


def _transcriber() -> Any:
    spec = importlib.util.find_spec("basic_pitch")
    if spec is None or importlib.util.find_spec("onnxruntime") is None:
        raise WishError(
            "notes are transcribed by basic-pitch's network: pip install onnxruntime and "
            "pip install --no-deps basic-pitch"
        )
    import onnxruntime

    places = spec.submodule_search_locations or []
    path = Path(next(iter(places))) / "saved_models" / "icassp_2022" / "nmp.onnx"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
