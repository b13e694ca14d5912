"""Stories as ids: paragraphs that say how long they will be."""

from __future__ import annotations

from collections.abc import Iterable

from muse.tokens.english import EnglishPieces, joined
from muse.tokens.english_values import MOST_LEFT, MOST_TENS_OF_WORDS, Story
from muse.tokens.units import is_word, units_of


def story_ids(story: Story, pieces: EnglishPieces) -> list[int]:
    """The ids of a story."""
    out = [pieces["BOS"], pieces["Form_story"]]
    title = joined(pieces.title_units(story.title))
    out += [pieces["Title"], *title] if title else []
    for number, theme in enumerate(story.themes):
        out += [pieces["And" if number else "Theme"], *joined(pieces.title_units(theme))]
    out.append(pieces["Body"])
    for place, text in enumerate(story.paragraphs):
        words = sum(is_word(unit) for unit in units_of(text))
        tens = min(max(-(-words // 10), 1), MOST_TENS_OF_WORDS)
        left = min(len(story.paragraphs) - place, MOST_LEFT)
        out += [pieces[f"Left_{left}"], pieces[f"Words_{tens}"]]
        out += joined(pieces.line_units(text))
    return [*out, pieces["EOS"]]


def story_of(ids: Iterable[int], pieces: EnglishPieces) -> Story:
    """The story that any ids say; what makes no sense is passed over."""
    title: list[int] = []
    themes: list[list[int]] = []
    paragraphs: list[list[int]] = []
    target: list[int] | None = None
    for each in ids:
        if not 0 <= each < len(pieces):
            continue
        name = pieces.vocabulary.names[each] if pieces.is_tag[each] else ""
        if name == "EOS":
            break
        if not name:
            if target is not None:
                target.append(each)
        elif name == "Title":
            target = title
        elif name in ("Theme", "And"):
            themes.append([])
            target = themes[-1]
        elif name.startswith("Words_"):
            paragraphs.append([])
            target = paragraphs[-1]
        elif name == "Body":
            target = None
    texts = (pieces.line_text(pieces.split(each)) for each in paragraphs)
    return Story(
        tuple(text for text in texts if text),
        pieces.line_text(pieces.split(title)),
        tuple(pieces.line_text(pieces.split(each), begins=False) for each in themes if each),
    )
