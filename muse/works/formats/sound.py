"""Sound files through libsndfile: WAV, FLAC, OGG (Vorbis) and MP3."""

from __future__ import annotations

import io
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muse.works.base import WishError, usual_mode

if TYPE_CHECKING:
    import numpy as np

    from muse.works.audio import Audio

KINDS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".mp3": "MP3"}

LARGEST_SECONDS = 3600
"""A longer sound from a stranger is refused before it is unpacked."""

MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def encode(audio: Audio, suffix: str) -> bytes:
    """The sound as the bytes of a file, with title and provenance in its tags."""
    return encode_samples(audio.samples, audio.rate, suffix, _tags(audio))


def decode(data: bytes, name: str) -> Audio:
    """A sound file as Audio. Raises WishError if it is none, or too long."""
    import soundfile

    from muse.works.audio import HIGHEST_RATE, LOWEST_RATE, MOST_CHANNELS, Audio

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.frames > LARGEST_SECONDS * file.samplerate:
                raise WishError(f"{name} lasts longer than {LARGEST_SECONDS // 60} minutes")
            if not LOWEST_RATE <= file.samplerate <= HIGHEST_RATE or file.channels > MOST_CHANNELS:
                raise WishError(f"{name} has {file.samplerate} Hz and {file.channels} channels")
            samples = file.read(dtype="float32", always_2d=True).T
            title, comment, rate = file.title, file.comment, int(file.samplerate)
    except (soundfile.SoundFileError, RuntimeError, TypeError) as error:
        raise WishError(f"{name} is no sound file: {error}") from error
    return Audio(samples.copy(), rate, title=title or "", provenance=_account(comment))


def save_sound(audio: Audio, path: Path) -> None:
    """Write a sound under a temporary name, a second at a time, then rename it to `path`.

    Raises:
        WishError: if no sound format has the suffix, or the place cannot be written.
    """
    from muse.works.provenance import labelled

    suffix = path.suffix.lower()
    _check(suffix, audio.rate)
    audio = labelled(audio)
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w+b") as file:
            _write(file, audio.samples, audio.rate, suffix, _tags(audio))
        os.chmod(temporary, usual_mode())
        os.replace(temporary, path)
        temporary = ""
    except OSError as error:
        raise WishError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def encode_samples(
    samples: np.ndarray, rate: int, suffix: str, tags: dict[str, str] | None = None
) -> bytes:
    """Samples (channels, T) as the bytes of a file. Raises WishError for an unknown suffix."""
    _check(suffix, rate)
    held = io.BytesIO()
    _write(held, samples, rate, suffix, tags or {})
    return held.getvalue()


def _check(suffix: str, rate: int) -> None:
    if suffix not in KINDS:
        raise WishError(f"no sound format {suffix!r}; use {' '.join(KINDS)}")
    if suffix == ".mp3" and rate not in MP3_RATES:
        raise WishError(f"MP3 has no rate of {rate} Hz; use one of {' '.join(map(str, MP3_RATES))}")


def _write(file: Any, samples: np.ndarray, rate: int, suffix: str, tags: dict[str, str]) -> None:
    import soundfile

    kind = KINDS[suffix]
    subtype = {"WAV": "PCM_16", "FLAC": "PCM_16", "OGG": "VORBIS", "MP3": None}[kind]
    try:
        with soundfile.SoundFile(
            file, "w", rate, len(samples), format=kind, subtype=subtype
        ) as written:
            for name, text in tags.items():
                text = text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
                if text:
                    setattr(written, name, text)
            for at in range(0, samples.shape[1], rate):  # no second copy of it all
                written.write(samples[:, at : at + rate].T)
    except soundfile.SoundFileError as error:
        raise WishError(f"cannot write {suffix}: {error}") from error


def _tags(audio: Audio) -> dict[str, str]:
    about = json.dumps(dict(audio.provenance)) if audio.provenance else ""
    return {"title": audio.title, "software": "Muse", "comment": about}


def _account(comment: str) -> dict[str, Any]:
    """The provenance that a comment holds, if it holds one."""
    try:
        found = json.loads(comment or "")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
