"""Sound of notes by FluidSynth and a soundfont: the program is called, no part of it is ours."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from muse.works.base import WishError

if TYPE_CHECKING:
    import numpy as np

PLACES = (
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf3/MuseScore_General.sf3",
    "/usr/share/sounds/sf3/MuseScore_General_Full.sf3",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
    "/opt/homebrew/share/soundfonts/default.sf2",
)
"""Where soundfonts usually lie."""

GAIN = 0.6
"""FluidSynth's gain: one loud chord of a piano stays below full scale."""

TICKS = 10_000
"""Ticks a second of the MIDI files that FluidSynth is given."""

TAIL = 1.5
"""Seconds of sound after the end of the last note."""


def find_soundfont() -> Path:
    """The soundfont: $MUSE_SOUNDFONT, or the first of the usual places. Raises WishError."""
    named = os.environ.get("MUSE_SOUNDFONT")
    for place in [named] if named else PLACES:
        if Path(place).is_file():
            return Path(place)
    raise WishError(
        f"no soundfont at {named} (MUSE_SOUNDFONT)" if named else "no soundfont found: install "
        "fluid-soundfont-gm, or say where one lies with MUSE_SOUNDFONT=FILE.sf2"
    )  # fmt: skip


def play_notes(
    notes: np.ndarray, program: int, rate: int, soundfont: Path | None = None
) -> np.ndarray:
    """Play notes on one instrument, without reverberation or chorus.

    Args:
        notes: sounding notes (n, 4): start and end in seconds, pitch, velocity.
        program: of General MIDI.
        rate: samples a second.
        soundfont: a file `.sf2` or `.sf3`; None for `find_soundfont`.

    Returns:
        Sound (2, T), int16, from time 0 until `TAIL` seconds after the last note ends.

    Raises:
        WishError: if FluidSynth or the soundfont is not there, or it fails.
    """
    import numpy as np

    program_file = shutil.which("fluidsynth")
    if program_file is None:
        raise WishError("the voice soundfont needs the program fluidsynth: install it")
    font = soundfont or find_soundfont()
    wanted = round((float(notes[:, 1].max() if len(notes) else 0) + TAIL) * rate)
    with tempfile.TemporaryDirectory() as folder:
        midi, raw = Path(folder) / "notes.mid", Path(folder) / "sound.raw"
        midi.write_bytes(midi_bytes([(program, notes)]))
        command = [
            program_file, "-ni", "-q", "-o", "synth.dynamic-sample-loading=1",
            "-R", "0", "-C", "0", "-g", str(GAIN), "-r", str(rate),
            "-O", "s16", "-T", "raw", "-F", str(raw), str(font), str(midi),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode or not raw.is_file():
            raise WishError(f"fluidsynth failed with {font}: {done.stderr.strip()[-200:]}")
        found = np.fromfile(raw, "<i2").astype(np.int16)
    sound = found[: len(found) // 2 * 2].reshape(-1, 2).T
    if sound.shape[1] < wanted:
        sound = np.pad(sound, ((0, 0), (0, wanted - sound.shape[1])))
    return np.ascontiguousarray(sound[:, :wanted])


def midi_bytes(parts: Sequence[tuple[int, np.ndarray]]) -> bytes:
    """A Standard MIDI File of parts: (program, sounding notes (n, 4)), at most fifteen.

    Its ticks are 0.1 ms, so that starts lie where they are said.
    """
    if len(parts) > 15:
        raise ValueError("a MIDI file has fifteen channels for parts")
    tracks = [_track([(0, b"\xff\x51\x03" + (1_000_000).to_bytes(3, "big"))])]
    for number, (program, notes) in enumerate(parts):
        channel = number + (number >= 9)  # channel 9 is for drums
        events = [(0, bytes((0xC0 | channel, program)))]
        for start, end, pitch, velocity in notes:
            on, off = round(start * TICKS), max(round(end * TICKS), round(start * TICKS) + 1)
            events.append((on, bytes((0x90 | channel, int(pitch), int(velocity)))))
            events.append((off, bytes((0x80 | channel, int(pitch), 64))))
        # At the same tick a note ends before the next one begins.
        tracks.append(_track(sorted(events, key=lambda event: (event[0], event[1][0] & 0x10))))
    header = b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), TICKS)
    return header + b"".join(tracks)


def _track(events: Sequence[tuple[int, bytes]]) -> bytes:
    body, at = bytearray(), 0
    for tick, data in [*events, (events[-1][0], b"\xff\x2f\x00")]:
        body += _variable(tick - at) + data
        at = tick
    return b"MTrk" + struct.pack(">I", len(body)) + bytes(body)


def _variable(value: int) -> bytes:
    """A number as MIDI writes it: seven bits a byte, the highest first."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | (value & 0x7F))
    return bytes(reversed(out))
