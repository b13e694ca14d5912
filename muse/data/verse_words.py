"""Packs the words of verse, and what metre and rhyme need to know of them, into `muse/theory/data`.

    python -m muse.data.verse_words

writes what `muse/theory/verse_words.py` works out from the dictionary, whenever one of the two has
changed. So a poem begins without the dictionary, which takes a quarter of a second to read.
"""

from __future__ import annotations

import gzip

from muse.theory.verse_words import PACKED, packed_words
from muse.works.base import write_atomically

if __name__ == "__main__":
    text = packed_words()
    write_atomically(PACKED, gzip.compress(text.encode(), 9, mtime=0))
    print(f"{PACKED}: {len(text.splitlines()):,} words")
