"""Showing a score: a piano roll to look at, a player for notebooks, a view for the terminal."""

from __future__ import annotations

import base64
from html import escape

from muse.works.base import WishError
from muse.works.roll import piano_roll_svg
from muse.works.score import Score
from muse.works.terminal import score_text
from muse.works.wording import facts, plain

__all__ = ["piano_roll_png", "piano_roll_svg", "score_html", "score_text"]

HEARD_SECONDS = 60.0
"""A notebook holds the sound of this much of a score, and no more."""

HEARD_RATE = 22_050
"""Frames a second of that sound."""


def piano_roll_png(score: Score, *, width: int = 900, scale: float = 2.0) -> bytes:
    """The piano roll as a PNG on white, `width * scale` pixels across.

    Raises:
        WishError: if the picture would be higher than Cairo can paint.
    """
    import cairosvg

    svg = piano_roll_svg(score, width=width).encode()
    try:
        return cairosvg.svg2png(svg, scale=scale, background_color="white")
    except Exception as error:  # cairocffi raises its own kinds, by the status Cairo gives
        raise WishError(f"cannot paint so large a roll ({score.bars} bars): {error}") from error


def score_html(score: Score) -> str:
    """The piano roll, a player of the preview sound and a caption: HTML without any script."""
    svg = piano_roll_svg(score, heading=False)
    svg = svg.replace("<svg ", '<svg style="max-width:100%;height:auto;display:block" ', 1)
    title = f"<b>{escape(plain(score.title))}</b> · " if score.title else ""
    words = title + escape(" · ".join(facts(score)))
    return (
        f'<figure style="margin:0;max-width:900px">{svg}{_player(score)}'
        '<figcaption style="color:#7d858e;font:13px Helvetica,Arial,sans-serif;margin:4px 0 0">'
        f"{words}</figcaption></figure>"
    )


def _player(score: Score) -> str:
    """An `<audio>` element that holds the first `HEARD_SECONDS` as the preview voice plays them.

    MP3, which every browser plays and which takes an eighth of a WAV's room; WAV where
    libsndfile writes no MP3. Empty for a score without a note.
    """
    if not any(part.notes for part in score.parts):
        return ""
    import soundfile

    from muse.works.formats.wav import encode_sound
    from muse.works.synthesizer import render

    sound = render(score, HEARD_RATE, seconds=HEARD_SECONDS).mean(axis=0, keepdims=True)
    kind, mime = ("MP3", "mpeg") if "MP3" in soundfile.available_formats() else ("WAV", "wav")
    data = base64.b64encode(encode_sound(sound, HEARD_RATE, kind)).decode("ascii")
    return (
        '<audio controls preload="metadata" style="display:block;width:100%;height:34px" '
        f'src="data:audio/{mime};base64,{data}"></audio>'
    )
