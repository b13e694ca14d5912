"""The verb that plays a score, and how other verbs' scores become sound."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from muse.cli.showing import summary, work_text
from muse.makers.voice_choice import SOUND_SUFFIXES, usual_voice
from muse.works.audio import Audio
from muse.works.base import WishError
from muse.works.score import Score


def render(options: argparse.Namespace, rest: list[str]) -> None:
    """`muse render`: a score as sound, by the voice that is asked for."""
    from muse.works.formats import open_score

    for out in options.out:
        if Path(out).suffix.lower() not in SOUND_SUFFIXES:
            raise WishError(f"-o {out}: the suffix must be one of {' '.join(SOUND_SUFFIXES)}")
    timbre, voice = timbre_of(options.timbre), options.voice or usual_voice()
    if timbre and voice == "preview":
        raise WishError("--timbre is for trained voices and soundfonts, not for the preview")
    if options.stems and voice not in ("gan", "flow", "griffinlim"):
        raise WishError(f"--stems are made by gan, flow and griffinlim, not by {voice}")
    score = open_score(options.file)
    from muse.makers import performer as making

    if voice not in ("preview", "soundfont") and not timbre:
        for program, name in making.stand_ins(score).items():
            print(f"muse: program {program} is played as {name}", file=sys.stderr)
    sound = making.render(
        score, voice, timbre=timbre, room=options.room, steps=options.steps, seed=options.seed,
        watch=_watch if sys.stderr.isatty() else None,
    )  # fmt: skip
    if options.rate:
        sound = sound.resampled(options.rate)
    written = [sound.save(out) for out in options.out]
    if options.stems:
        player = making.performer(voice, steps=options.steps, seed=options.seed)
        for number, stem in enumerate(player.stems(score, timbre=timbre), 1):
            stem = stem.resampled(options.rate) if options.rate else stem
            written.append(
                stem.save(Path(options.stems) / f"{Path(options.file).stem}-{number}.wav")
            )
    if options.json:
        print(json.dumps(summary(sound, written), ensure_ascii=False))
    elif written:
        print(*written, sep="\n")
    else:
        print(work_text(sound))


def played(score: Score) -> Audio | None:
    """A score that another verb made, by the trained voice; None where it has no bundle here."""
    if usual_voice() == "preview":
        return None
    from muse.makers.performer import render as made

    return made(score, usual_voice())


def timbre_of(text: str | None) -> dict[str, float] | None:
    """`"violin:0.5,flute:0.5"` or `"cello"` as shares. Raises WishError."""
    if not text:
        return None
    found: dict[str, float] = {}
    for word in text.split(","):
        name, _, share = word.strip().partition(":")
        try:
            found[name.strip()] = float(share) if share else 1.0
        except ValueError as error:
            raise WishError(f"--timbre {text}: say it as violin:0.5,flute:0.5") from error
    return found


def _watch(share: float) -> None:
    print(f"\r{share:4.0%}", end="" if share < 1 else "\n", file=sys.stderr, flush=True)
