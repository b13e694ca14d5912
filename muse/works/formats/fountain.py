"""Fountain files: screenplays and plays as plain text that any editor opens.

Everything that a `Script` holds comes back, but for `[[` and `/*` within its texts, which would begin
a note and a boneyard: they are written with a space between. Of other programs' files notes and
boneyards are dropped. Provenance is the title page's entry `Muse`.

https://fountain.io/syntax, version 1.1
"""

from muse.works.formats.fountain_read import decode
from muse.works.formats.fountain_write import encode

__all__ = ["decode", "encode"]
