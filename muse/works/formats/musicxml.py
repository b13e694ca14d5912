"""MusicXML files, read and written by way of music21 (imported only when one is opened)."""

from muse.works.formats.musicxml_read import decode, score_of_stream
from muse.works.formats.musicxml_write import encode

__all__ = ["decode", "encode", "score_of_stream"]
