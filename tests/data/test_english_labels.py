"""Labels of English verse: rhymes, syllables, metre, form."""

from __future__ import annotations

from muse.data.english_labels import (
    as_limerick,
    form_of,
    labels_of,
    last_word,
    line_counts,
    metre_of,
    rhymes_of,
    strange_share,
    syllables_of,
)
from muse.tokens.english_values import LineLabel

BALLAD = (
    ("There lived a wife at Usher’s well,", "And a wealthy wife was she;",
     "She had three stout and stalwart sons,", "And sent them o’er the sea."),
)  # fmt: skip
COUPLETS = (
    ("Had we but world enough and time,", "This coyness, lady, were no crime.",
     "We would sit down, and think which way", "To walk, and pass our long love’s day."),
)  # fmt: skip
BLANK = (
    ("Of man’s first disobedience, and the fruit", "Of that forbidden tree, whose mortal taste",
     "Brought death into the world, and all our woe,", "With loss of Eden, till one greater Man",
     "Restore us, and regain the blissful seat,", "Sing, heavenly Muse, that on the secret top",
     "Of Oreb, or of Sinai, didst inspire", "That shepherd, who first taught the chosen tribe"),
)  # fmt: skip
LEAR = ("There was an Old Man with a nose,", "Who said, “If you choose to suppose",
        "That my nose is too long, you are certainly wrong!”",
        "That remarkable Man with a nose.")  # fmt: skip


def test_rhymes_point_back_to_the_nearest_line() -> None:
    assert rhymes_of(BALLAD) == [["none", "open", "none", "2"]]
    assert rhymes_of(COUPLETS) == [["open", "1", "open", "1"]]
    assert rhymes_of(BLANK) == [["none"] * 8]


def test_rhymes_reach_into_the_stanza_before_and_no_further() -> None:
    near = (("The silver sea",), ("Alone and free",))
    far = (("The silver sea",), ("A golden stone",), ("Alone and free",))
    assert rhymes_of(near) == [["open"], ["1"]]
    assert rhymes_of(far) == [["none"], ["none"], ["none"]]


def test_half_rhymes_count_only_where_nothing_rhymes_in_full() -> None:
    assert rhymes_of((("My only love", "My heart will prove"),)) == [["open", "1"]]
    crossed = (
        (
            "The bells of time",
            "Upon the hill",
            "A silver line",
            "Are never still",
            "A rhyme",
            "Divine",
        ),
    )
    assert rhymes_of(crossed)[0][1:4] == ["open", "open", "2"]


def test_syllables_agree_with_like_lines() -> None:
    assert syllables_of(COUPLETS) == [[8, 8, 8, 8]]
    heaven = (("Beneath the quiet heaven of the night", "Above the silent waters of the bay"),)
    assert syllables_of(heaven) == [[10, 10]]
    assert set(line_counts(["heaven"])) == {1, 2}


def test_forms_are_known_by_their_labels() -> None:
    assert form_of(labels_of(BALLAD), "iambic") == "ballad"
    assert form_of(labels_of(COUPLETS), "iambic") == "quatrains"
    assert form_of(labels_of(((COUPLETS[0] * 2),)), "iambic") == "couplets"
    assert form_of(labels_of(BLANK), "iambic") == "blank"
    uneven = [[LineLabel("none", n) for n in (3, 9, 14, 5, 11, 2)]]
    assert form_of(uneven, "free") == "free"


def test_a_limerick_in_four_lines_becomes_five() -> None:
    five = as_limerick(LEAR)
    assert five is not None
    assert five[2:4] == ["That my nose is too long,", "You are certainly wrong!”"]
    assert form_of(labels_of((five,)), "anapaestic") == "limerick"
    assert as_limerick(BALLAD[0]) is None


def test_metre_and_strange_words() -> None:
    assert metre_of(COUPLETS) == "iambic"
    assert strange_share(COUPLETS) == 0
    assert strange_share((("wha wadna fecht for chairlie zzyxq",),)) > 0.3


def test_the_last_word_is_without_marks() -> None:
    assert last_word("And sent them o’er the sea-shore!”") == "shore"
    assert last_word("—!") == ""
