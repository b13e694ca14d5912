"""Which voices there are, and which one plays where none is named. Imports nothing heavy."""

from __future__ import annotations

from muse.hub import bundle_folders

VOICES = ("gan", "flow", "griffinlim", "soundfont", "preview")
"""Trained vocoder, trained flow, phases by Griffin-Lim, FluidSynth, plain synthesis."""

SOUND_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")


def usual_voice() -> str:
    """The voice that is taken where none is named: the trained one if its bundles are here."""
    return "gan" if {"acoustic", "voice-gan"} <= set(bundle_folders()) else "preview"
