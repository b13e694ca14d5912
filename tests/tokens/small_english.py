"""English pieces trained on a handful of lines, for tests."""

from __future__ import annotations

from functools import cache

from muse.tokens.english import LETTERS, EnglishPieces, english_tags
from muse.tokens.english_values import LineLabel, Scene, Speech, Verse, VerseLine
from muse.tokens.text import TextPieces, train_pieces
from muse.tokens.units import MARKS, is_word, units_of

LINES = (
    "Shall I compare thee to a summer’s day?",
    "Thou art more lovely and more temperate:",
    "Rough winds do shake the darling buds of May,",
    "And summer’s lease hath all too short a date;",
    "’Tis th’ eternal sea—the sea-shore, o’er the foam;",
    "“Farewell!” she cried, “for England calls me home…”",
)


SCENE = Scene(
    ("Anna", "Pierre", "King"),
    (
        Speech(None, ("Enter Anna and King.",)),
        Speech(0, ("[To Pierre.] Shall I compare thee, Pierre, to a day?", "Rough winds of May,"), True),
        Speech(1, ("Anna’s lease [Aside.] hath all too short a date.", "The sea calls me home…")),
        Speech(None, ("Exit Anna.",)),
        Speech(2, ("The king is thine.",)),
        Speech(None, ("Exeunt.",)),
    ),
    "William Shakespeare", "The sea", "A sea-shore.", ("Anna", "Pierre", ""),
)  # fmt: skip


@cache
def small_pieces() -> EnglishPieces:
    """A model of a few hundred pieces."""
    words = [" ".join(unit for unit in units_of(line) if is_word(unit)) for line in LINES] * 20
    model = train_pieces(
        [*words, *(" ".join(word) for word in words)], english_tags(), size=560,
        characters=[*LETTERS, *MARKS],
    )  # fmt: skip
    return EnglishPieces(TextPieces(model), ("England", "May"))


def small_verse(stanzas: tuple[int, ...] = (4, 2), more: int = 0) -> Verse:
    """A poem of the lines above, with labels that alternate."""
    count, built = 0, []
    for size in stanzas:
        lines = []
        for _ in range(size):
            rhyme = "open" if count % 4 < 2 else "2"
            lines.append(VerseLine(LINES[count % len(LINES)], LineLabel(rhyme, 10)))
            count += 1
        built.append(tuple(lines))
    return Verse(
        tuple(built), "sonnet", "iambic", "William Shakespeare", "The winter sea",
        ("summer", "eternal sea"), more,
    )  # fmt: skip
