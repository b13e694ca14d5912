"""Sound files of a score: the preview voice as WAV, FLAC, OGG or MP3, with provenance in the tags."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from muse.works.base import WishError
from muse.works.provenance import label_text
from muse.works.synthesizer import render

if TYPE_CHECKING:
    import numpy as np

    from muse.works.score import Score

RATE = 44_100
"""Frames a second of the files written."""

_KINDS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".mp3": "MP3"}


def encode(score: Score, suffix: str) -> bytes:
    """The score as the preview voice plays it: 16-bit stereo at `RATE`.

    Title, composer and, as JSON, provenance stand in the tags (INFO in WAV, Vorbis comments
    in FLAC); the label "AI-generated" stands beside the name of the software, too.

    Raises:
        WishError: for another suffix, or a score that is too long to be played.
    """
    if suffix not in _KINDS:
        raise WishError(f"no sound format {suffix!r}; use {' '.join(_KINDS)}")
    tags = {
        "title": score.title,
        "artist": score.composer,
        "software": " ".join(
            filter(None, ["Muse preview synthesizer", label_text(score.provenance)])
        ),
        "comment": json.dumps(dict(score.provenance)) if score.provenance else "",
    }
    return encode_sound(render(score, RATE), RATE, _KINDS[suffix], tags)


def encode_sound(
    sound: np.ndarray, rate: int, kind: str, tags: dict[str, str] | None = None
) -> bytes:
    """Sound (channels, frames) in -1 to 1 as the bytes of a file.

    Args:
        sound: float32.
        rate: frames a second.
        kind: `"WAV"`, `"FLAC"`, `"OGG"` or `"MP3"`, as libsndfile names them.
        tags: of `title`, `artist`, `software` and `comment`; empty ones are left out.
    """
    import soundfile

    held = io.BytesIO()
    subtype = {"MP3": None, "OGG": "VORBIS"}.get(kind, "PCM_16")
    with soundfile.SoundFile(held, "w", rate, len(sound), format=kind, subtype=subtype) as file:
        for name, text in (tags or {}).items():
            text = text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
            if text:
                setattr(file, name, text)
        for at in range(0, sound.shape[1], rate):  # a second at a time: no second copy of it all
            file.write(sound[:, at : at + rate].T)
    return held.getvalue()
