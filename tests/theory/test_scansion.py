"""Scanning verse: known poems, known metres, forms, doubts, and anything that may come in."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muse.theory.rhyme import endings_of
from muse.theory.rhyme_scheme import LineEnd, letter_of, scheme_of
from muse.theory.scans import PoemScan
from muse.theory.scansion import scan_line, scan_text
from muse.theory.scansion_page import format_scan, laid_out, summary
from muse.theory.verse_forms import form_of, same_line

from .poems import (
    BLANK_VERSE,
    COMMON_METRE,
    COUPLETS,
    FREE_VERSE,
    HAIKU,
    LIMERICK,
    PETRARCHAN,
    SENNACHERIB,
    SONNET_18,
    TERZA_RIMA,
    TYGER,
    VILLANELLE,
)


def schemes(poem: PoemScan) -> list[str]:
    return [stanza.scheme for stanza in poem.stanzas]


def test_sonnet_18() -> None:
    poem = scan_text(SONNET_18)
    assert schemes(poem) == ["ABABCDCDEFEFGG"]
    assert {line.meter_name for line in poem.lines} == {"iambic pentameter"}
    assert all(line.fits and len(line.syllables) == 10 for line in poem.lines)
    assert form_of(poem).name == "Shakespearean sonnet"
    first = "".join("s" if each.strength != "weak" else "w" for each in poem.lines[0].syllables)
    assert first == "wswswswsws"
    assert poem.lines[4].said == ()


@pytest.mark.parametrize(
    ("text", "meter", "pattern", "scheme", "form"),
    [
        (TYGER, "trochaic", (4,), "AABB", "couplets in trochaic tetrameter"),
        (SENNACHERIB, "anapaestic", (4,), "AABB", "couplets in anapaestic tetrameter"),
        (COMMON_METRE, "iambic", (4, 3), "ABCB", "common metre"),
        (LIMERICK, "anapaestic", (), "AABBA", "limerick"),
        (COUPLETS, "iambic", (5,), "AABB", "heroic couplets"),
        (BLANK_VERSE, "iambic", (5,), None, "blank verse"),
        (PETRARCHAN, "iambic", (5,), "ABBAABBACDECDE", "Petrarchan sonnet"),
        (TERZA_RIMA, "iambic", (5,), "ABA", "terza rima"),
        (VILLANELLE, "iambic", (4,), None, "villanelle"),
    ],
)
def test_known_poems(
    text: str, meter: str, pattern: tuple[int, ...], scheme: str | None, form: str
) -> None:
    poem = scan_text(text)
    assert (poem.meter, poem.pattern) == (meter, pattern)
    assert form_of(poem).name == form
    if scheme:
        assert schemes(poem)[0] == scheme
    assert sum(line.fits for line in poem.lines) > 0.8 * len(poem.lines)


def test_haiku_and_free_verse() -> None:
    haiku = scan_text(HAIKU)
    assert form_of(haiku).name == "haiku (5-7-5)"
    assert [line.natural for line in haiku.lines] == [5, 7, 5]
    assert form_of(scan_text(FREE_VERSE)).name == "free verse"
    nearly = form_of(scan_text(HAIKU.replace("the pond", "a pond, splashing")))
    assert nearly.name != "haiku (5-7-5)" or nearly.nearly


def test_a_title_is_a_heading_and_line_numbers_are_those_of_the_file() -> None:
    poem = scan_text(TYGER)
    assert poem.headings == ((1, "The Tyger"),)
    assert poem.lines[0].number == 3


@pytest.mark.parametrize(
    ("line", "meter", "variation"),
    [
        ("To be, or not to be, that is the question", "iambic pentameter", "feminine ending"),
        ("Tyger Tyger, burning bright", "trochaic tetrameter", "catalectic"),
        ("Making a famine where abundance lies", "iambic pentameter", "trochee in foot 1"),
        ("The curfew tolls the knell of parting day", "iambic pentameter", None),
        ("And his cohorts were gleaming in purple and gold", "anapaestic tetrameter", None),
        ("This is the forest primeval. The murmuring pines and the hemlocks",
         "dactylic hexameter", "catalectic"),
        ("Once upon a midnight dreary, while I pondered, weak and weary", "trochaic octameter",
         None),
    ],
)  # fmt: skip
def test_famous_lines(line: str, meter: str, variation: str | None) -> None:
    scan = scan_line(line)
    assert scan.meter_name == meter
    assert scan.fits
    assert variation in scan.variations if variation else not scan.variations


def test_older_verse_elides_and_sounds() -> None:
    line = scan_line("Of Man's first disobedience, and the fruit", "iambic", 5)
    assert len(line.syllables) == 10
    assert any("disobedience" in each for each in line.said)
    line = scan_line("If the true concord of well-tuned sounds", "iambic", 5)
    assert any("-ed sounded" in each for each in line.said)


def test_prose_does_not_pass_for_verse() -> None:
    fitting = [
        scan_line(line, "iambic", 5).fits
        for line in (
            "Interest payments are tax deductible annually",
            "Photosynthesis requires chlorophyll, water, light",
            "Yesterday the committee rejected everything",
            "He immediately telephoned his mother's physician",
        )
    ]
    assert not any(fitting)


def test_doubts_are_told() -> None:
    doubts = " ".join(
        doubt
        for line in scan_text(
            "He came to Mudjekeewis with his love,\nAnd there he stayed as far as I can prove,\n"
            "And sang привет to all the blorfting day,\nAnd then he turned and slowly went away."
        ).lines
        for doubt in line.unsure
    )
    for told in ("Mudjekeewis", "привет", "blorfting", "rhyme to the eye"):
        assert told in doubts


def test_what_is_no_english_is_refused() -> None:
    for text in ("", "\n\n", "!!! ...", "привет мир"):
        with pytest.raises(ValueError, match="no verse"):
            scan_text(text)
    with pytest.raises(ValueError, match="iambic"):
        scan_line("a line", "spondaic")


def test_schemes_may_run_through_stanzas() -> None:
    assert schemes(scan_text(TERZA_RIMA))[:3] == ["ABA", "BCB", "CDC"]
    parted = "\n\n".join(
        "\n".join(SONNET_18.splitlines()[a:b]) for a, b in ((0, 4), (4, 8), (8, 12), (12, 14))
    )
    assert schemes(scan_text(parted)) == ["ABAB", "CDCD", "EFEF", "GG"]
    assert form_of(scan_text(parted)).name == "Shakespearean sonnet"


def test_lines_without_a_partner_get_their_own_letters() -> None:
    ends = [LineEnd(word, endings_of(sounds, word)) for word, sounds in
            (("day", "dE1"), ("sea", "sY1"), ("way", "wE1"), ("rock", "ra1k"))]  # fmt: skip
    (scheme,) = scheme_of([ends])
    assert str(scheme) == "ABAC"
    assert scheme.partners == (2, None, 0, None)
    assert (letter_of(25), letter_of(26)) == ("Z", "A2")


def test_refrains() -> None:
    assert same_line(
        "Do not go gentle into that good night,", "do not go gentle into that good night"
    )
    assert not same_line("Old age should burn and rave at close of day", "the close of night")


def test_the_page() -> None:
    page = format_scan(scan_text(SONNET_18))
    rows = page.splitlines()
    assert rows[0].split() == ["˘", "´|", "˘", "´", "|", "˘", "ˋ|˘", "´", "|˘", "´"]
    assert rows[1].split()[0] == "1"
    assert rows[1].endswith("A  10")
    assert "Shakespearean sonnet: 14 lines, rhymed ABAB CDCD EFEF GG." in page
    plain = format_scan(scan_text(COMMON_METRE), plain=True)
    assert "´" not in plain
    assert "x" in plain.splitlines()[0]
    assert "trochaic tetrameter; every line fits it" in summary(scan_text(TYGER))


def test_every_syllable_has_its_mark() -> None:
    for line in ("In 1066 they fought in 1745", "21 32 43 54", "The rhythm of a poem"):
        scan = scan_line(line)
        above, text = laid_out(scan, {"strong": "/", "weak": "x", "half": "\\"})
        assert sum(each in "/x\\" for each in above) == len(scan.syllables)
        assert len(above) <= len(text) + 1


def test_a_long_text_does_not_take_long() -> None:
    text = "\n".join(SONNET_18.splitlines() * 30) + "\n" + "love-" * 20_000
    before = time.process_time()
    poem = scan_text(text)
    format_scan(poem)
    assert time.process_time() - before < 5


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_scanned_or_refused(text: str) -> None:
    try:
        poem = scan_text(text)
    except ValueError:
        return
    format_scan(poem)
    summary(poem)
    for line in poem.lines:
        columns = [each.column for each in line.syllables]
        assert columns == sorted(columns)


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [
                    "the",
                    "of",
                    "sea",
                    "me",
                    "day",
                    "love,",
                    "wandering",
                    "--",
                    "o'er",
                    "th'",
                    "heaven's",
                    "'tis",
                    "well-tuned",
                    "1066",
                    "blorft",
                    "Petruchio",
                    "every",
                    "fix'd",
                    "away;",
                    "eternity",
                    "&",
                    "愛",
                    "é",
                    "’twas",
                    "loves’",
                    "(is)",
                    "I",
                ]
            ),
            min_size=1,
            max_size=12,
        ).map(" ".join),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=100, deadline=None)
def test_any_words_are_scanned(lines: list[str]) -> None:
    try:
        poem = scan_text("\n".join(lines))
    except ValueError:
        return
    page = format_scan(poem)
    assert all(line.text.split()[0] in page for line in poem.lines)
    assert len(poem.lines) + len(poem.headings) == len(lines)
