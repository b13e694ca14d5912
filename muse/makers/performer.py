"""Score to sound: parts are played one by one by a trained voice, and mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from muse import __version__
from muse.bundle_network import NetworkBundle, load_network
from muse.hub import find_bundle
from muse.makers.mixing import Samples, finished, new_sound, places, stereo, summed
from muse.makers.voice_choice import VOICES, usual_voice
from muse.makers.voices import FlowVoice, GanVoice, GriffinLimVoice, Voice
from muse.nn.mel import log_mel_of
from muse.nn.stft import stft
from muse.theory.instruments import (
    HIGHEST,
    INSTRUMENTS,
    LOWEST,
    instrument_named,
    instrument_number,
)
from muse.works.audio import Audio
from muse.works.base import WishError
from muse.works.fluidsynth import play_notes
from muse.works.provenance import is_generated
from muse.works.score import Part, Score
from muse.works.sounding import frame_rolls, harmonic_source, sounding_notes
from muse.works.synthesizer import accompaniment
from muse.works.synthesizer import render as preview

TAIL_SECONDS = 2.0
"""Sound goes on for so long after the last note."""

BLOCK, FIRST_BLOCK = 512, 48
"""Frames that are made at a time, and at first: the first sound comes early."""

ROOM = 0.15

Watch = Callable[[float], None]
"""Is told the share that is done; may raise to stop."""


@dataclass(frozen=True)
class Player:
    """A part as it is played: its notes in seconds, its timbre, where it stands, how loud."""

    notes: np.ndarray
    timbre: Mapping[str, float]
    program: int
    place: float
    level: float = 1.0


@dataclass(frozen=True)
class Performer:
    """Plays scores with a voice; `performer` and `muse.load("voice-gan")` make one.

    Attributes:
        voice: makes sound of mels.
        bundles: name and version of the networks it uses, for the account.
        acoustic: the bundle that makes mels of notes; None takes the one named "acoustic".
    """

    voice: Voice
    bundles: Mapping[str, str] = field(default_factory=dict)
    acoustic: NetworkBundle | None = None

    @cached_property
    def _acoustic(self) -> Any:
        bundle = self.acoustic or load_network(find_bundle("acoustic"), "acoustic")
        if bundle.kind != "acoustic":
            raise WishError(f"{bundle.name} is a bundle of kind {bundle.kind}, not acoustic")
        if bundle.config.mel != self.voice.mel:
            raise WishError(
                f"{bundle.name} makes mels of {bundle.config.mel}; the voice {self.voice.name} "
                f"takes mels of {self.voice.mel}"
            )
        return bundle.model

    def render(
        self, score: Score, *, timbre: Mapping[str, float] | None = None, room: float = ROOM,
        watch: Watch | None = None, block: int = BLOCK,
    ) -> Audio:  # fmt: skip
        """The score as stereo sound.

        Args:
            score: what is played. A single part with chord symbols is accompanied softly.
            timbre: shares of instruments by their names, for all parts; None: their programs.
            room: how much of a room is heard, 0 to 1.
            watch: is told the share that is done.
            block: frames that are made at a time; the sound is the same whatever it is.

        Raises:
            WishError: if the score has no notes, is longer than 12 hours, has a note that the
                voices do not play, or an instrument has no such name.
        """
        players = _players(score, timbre)
        rate = self.voice.mel.rate
        sound = new_sound(2, _frames(players, self.voice) * self.voice.mel.hop, rate)
        at = 0
        for fresh in self._blocks(players, block, block):
            sound[:, at : at + fresh.shape[1]] = fresh
            at += fresh.shape[1]
            if watch:
                watch(at / sound.shape[1])
        finished(sound, rate, room)
        return Audio(sound, rate, title=score.title, provenance=self._account(score, players, room))

    def stream(
        self, score: Score, *, timbre: Mapping[str, float] | None = None, block: int = BLOCK
    ) -> Iterator[Samples]:
        """The dry mix (2, n), a stretch at a time as it is made; no room, no change of level."""
        return self._blocks(_players(score, timbre), block, FIRST_BLOCK)

    def stems(self, score: Score, *, timbre: Mapping[str, float] | None = None) -> list[Audio]:
        """Each part for itself, mono and dry, all of the same length."""
        players, rate = _players(score, timbre), self.voice.mel.rate
        frames, found = _frames(players, self.voice), []
        for player in players:
            blocks = self._part_blocks(player, frames, BLOCK, BLOCK)
            sound = np.concatenate([*blocks])[None]
            found.append(Audio(sound, rate, provenance=self._account(score, [player], 0)))
        return found

    @torch.inference_mode()
    def sound_of_mel(self, logs: np.ndarray) -> Audio:
        """The sound (1, (F - 1) * hop) of a log-mel (F, bands) of the voice's own definition.

        Raises:
            WishError: if it has other bands, or values that are no numbers.
        """
        mel = self.voice.mel
        if logs.ndim != 2 or logs.shape[1] != mel.bands or len(logs) < 2:
            raise WishError(
                f"a mel {logs.shape} is not (frames, {mel.bands}): the voice takes {mel}"
            )
        if not np.isfinite(logs).all():
            raise WishError("the mel holds values that are no numbers")
        told = torch.from_numpy(logs.astype(np.float32))
        silent = torch.zeros(len(logs), mel.bins, dtype=torch.complex64)
        sound = self.voice.sound(told, silent, 0).numpy()
        return Audio(sound[None].copy(), mel.rate, provenance={"voice": self.voice.name})

    def _blocks(self, players: list[Player], block: int, first: int) -> Iterator[Samples]:
        frames = _frames(players, self.voice)
        parts = [self._part_blocks(player, frames, block, first) for player in players]
        for fresh in zip(*parts):
            yield summed(
                stereo(one, player.place, player.level) for one, player in zip(fresh, players)
            )

    def _part_blocks(
        self, player: Player, frames: int, block: int, first: int
    ) -> Iterator[Samples]:
        """The sound of a part, (n,) at a time: `frames` hops together."""
        hop, at = self.voice.mel.hop, 0
        context = self._acoustic.context + self.voice.context
        while at < frames:
            end = min(frames, at + (first if at == 0 else block))
            low, high = max(0, at - context), min(frames + 1, end + 1 + context)
            sound = self._stretch(player, low, high)
            yield sound[(at - low) * hop : (end - low) * hop].numpy()
            at = end

    @torch.inference_mode()
    def _stretch(self, player: Player, low: int, high: int) -> Tensor:
        """Sound of frames `low` to `high` of a part, ((high - low - 1) * hop,)."""
        mel = self.voice.mel
        count = (high - low - 1) * mel.hop + mel.window
        wave = harmonic_source(player.notes, mel.rate, low * mel.hop - mel.window // 2, count)
        source = stft(torch.from_numpy(wave)[None], mel.window, mel.hop, centred=False)
        rolls = torch.from_numpy(frame_rolls(player.notes, mel.frame_rate, low, high - low))
        logs = self._acoustic(rolls[None], log_mel_of(source.abs(), mel), _weights(player.timbre))
        return self.voice.sound(logs[0], source[0], low)

    def _account(self, score: Score, players: list[Player], room: float) -> dict[str, Any]:
        return {
            "made_with": f"Muse {__version__}", "verb": "render", "voice": self.voice.name,
            "model": ", ".join(f"{name} {version}" for name, version in self.bundles.items()),
            "timbres": [dict(player.timbre) for player in players], "room": room,
            **_of_score(score), "ai_generated": True,
        }  # fmt: skip


def performer(voice: str, *, steps: int = 6, seed: int = 0) -> Performer:
    """A performer with a trained voice ("gan", "flow") or with "griffinlim".

    Raises:
        WishError: if there is no such voice, or a bundle that it needs is not here.
    """
    if voice == "griffinlim":
        acoustic = _bundle("acoustic", voice)
        return performer_of(acoustic)
    if voice not in ("gan", "flow"):
        raise WishError(f"no voice {voice!r}; there are: {', '.join(VOICES)}")
    return performer_of(_bundle(f"voice-{voice}", voice), _bundle("acoustic", voice), steps, seed)


def performer_of(
    bundle: NetworkBundle, acoustic: NetworkBundle | None = None, steps: int = 6, seed: int = 0
) -> Performer:
    """The performer of a bundle: of a voice, or of the acoustic model, which Griffin-Lim voices."""
    if not 1 <= steps <= 100:
        raise WishError(f"a flow takes 1 to 100 steps, not {steps}")
    voice: Voice
    if bundle.kind == "acoustic":
        acoustic, voice = bundle, GriffinLimVoice(bundle.config.mel)
    elif bundle.kind == "voice-gan":
        voice = GanVoice(bundle.model)
    elif bundle.kind == "voice-flow":
        voice = FlowVoice(bundle.model, steps, seed=seed)
    else:
        raise WishError(f"{bundle.name} is a bundle of kind {bundle.kind}: no voice")
    used = {each.name: each.version for each in (bundle, acoustic) if each}
    return Performer(voice, used, acoustic)


def render(
    score: Score, voice: str = "", *, timbre: Mapping[str, float] | None = None,
    room: float = ROOM, steps: int = 6, seed: int = 0, watch: Watch | None = None,
) -> Audio:  # fmt: skip
    """A score as stereo sound by any of `VOICES`; the usual one if none is named.

    Raises:
        WishError: as `performer` and `Performer.render` do.
    """
    voice = voice or usual_voice()
    if not 0 <= room <= 1:
        raise WishError(f"the room is 0 to 1, not {room}")
    if voice == "preview":
        _players(score, timbre)
        about = {"verb": "render", "voice": "preview", **_of_score(score)}
        return Audio(preview(score, 44_100), 44_100, title=score.title, provenance=about)
    if voice == "soundfont":
        return _by_soundfont(score, timbre, room)
    made = performer(voice, steps=steps, seed=seed)
    return made.render(score, timbre=timbre, room=room, watch=watch)


def stand_ins(score: Score) -> dict[int, str]:
    """Programs of a score that no trained voice has, and the instrument that plays them."""
    numbers = {part.program: instrument_number(part.program) for part in score.parts if part.notes}
    return {
        program: INSTRUMENTS[number].name
        for program, number in numbers.items()
        if INSTRUMENTS[number].program != program
    }


def _by_soundfont(score: Score, timbre: Mapping[str, float] | None, room: float) -> Audio:
    """By FluidSynth, part by part, mixed as trained voices are."""
    players, rate = _players(score, timbre), 44_100
    length = max(float(player.notes[:, 1].max()) for player in players) + TAIL_SECONDS
    sound = new_sound(2, round(length * rate), rate)
    for player in players:
        names = player.timbre
        number = instrument_named(max(names, key=lambda name: names[name]))
        program = INSTRUMENTS[number].program if timbre else player.program
        played = play_notes(player.notes, program, rate).mean(axis=0, dtype=np.float32) / 32768
        sound[:, : len(played)] += stereo(played[: sound.shape[1]], player.place, player.level)
    finished(sound, rate, room)
    about = {"verb": "render", "voice": "soundfont", "room": room, **_of_score(score)}
    return Audio(sound, rate, title=score.title, provenance=about)


def _players(score: Score, timbre: Mapping[str, float] | None) -> list[Player]:
    """The parts that have notes, and the accompaniment of a lone melody with chord symbols."""
    parts: list[tuple[Part, float]] = [(part, 1.0) for part in score.parts if part.notes]
    if not parts:
        raise WishError("the score has no notes to play")
    if len(parts) == 1 and score.chords:
        parts.append((accompaniment(score), 0.5))
    for name, share in (timbre or {}).items():
        try:
            instrument_named(name)
        except ValueError as error:
            raise WishError(str(error)) from error
        if not 0 <= share <= 1:
            raise WishError(f"the share of {name} is 0 to 1, not {share:g}")
    found = []
    for (part, level), place in zip(parts, places(len(parts))):
        for note in part.notes:
            if not LOWEST <= note.pitch <= HIGHEST:
                raise WishError(
                    f"voices play pitches {LOWEST} to {HIGHEST}; the part {part.name or 'unnamed'} "
                    f"has {note.pitch}"
                )
        own = {INSTRUMENTS[instrument_number(part.program)].name: 1.0}
        notes = sounding_notes(score, part)
        found.append(Player(notes, timbre or own, part.program, place, level))
    return found


def _frames(players: list[Player], voice: Voice) -> int:
    """How many hops the sound of the players lasts."""
    last = max(float(player.notes[:, 1].max()) for player in players)
    return int(np.ceil((last + TAIL_SECONDS) * voice.mel.frame_rate))


def _weights(timbre: Mapping[str, float]) -> Tensor:
    """Shares of the instruments, (1, instruments)."""
    found = torch.zeros(1, len(INSTRUMENTS))
    for name, share in timbre.items():
        found[0, instrument_named(name)] = share
    return found


def _of_score(score: Score) -> dict[str, Any]:
    """What an account says of the score that was played."""
    about: dict[str, Any] = {"score": dict(score.provenance)} if score.provenance else {}
    return about | ({"ai_generated": True} if is_generated(score.provenance) else {})


def _bundle(name: str, voice: str) -> NetworkBundle:
    try:
        return load_network(find_bundle(name), name)
    except WishError as error:
        raise WishError(
            f"the voice {voice} needs the bundle {name}: {error}; "
            "--voice preview and --voice soundfont need none"
        ) from error
