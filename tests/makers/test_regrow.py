"""A file says how it was made, and the same piece grows again from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from muse.engine.choose import native_is_here
from muse.makers import load_maker
from muse.makers.regrow import regrown
from muse.works.base import WishError
from muse.works.formats import open_work
from muse.works.score import Score

from .tiny import theme, tiny_bundle

needs_native = pytest.mark.skipif(not native_is_here(), reason="the native engine was not built")

SUFFIXES = (".mid", ".musicxml", ".abc", ".json")

R = "C3-C7"
"""Where instruments are: MusicXML has no octave below 0."""

MADE: dict[str, Callable] = {
    "compose": lambda c: c.compose(bars=3, key="E dorian", meter="6/8", style="jig", seed=5, range=R),
    "compose with all wishes": lambda c: c.compose(
        bars=4, key="D", meter="3/4", chords="| D | A7/C# |", range="A3-A5", largest_leap=9,
        tempo=90, pickup=1, seed=2, candidates=2, temperature=0.8, top_p=0.9,
    ),
    "compose with all open": lambda c: c.compose(bars=2, seed=11, range=R),
    "second of three variations": lambda c: c.compose(bars=2, key="G", meter="2/4", seed=3, range=R,
                                                      variations=3)[1],
    "continue": lambda c: c.continue_(theme(pickup=12), bars=2, seed=4, range=R),
    "continue over chords": lambda c: c.continue_(theme(True), bars=2, chords="| Em |", seed=4, range=R),
    "fill": lambda c: c.fill(theme(parts=2), 2, 4, seed=6, range=R),
    "vary": lambda c: c.vary(theme(True), 0.5, seed=7, range=R),
    "harmonize": lambda c: c.harmonize(theme(True, 12), seed=8),
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    for kind in ("melody", "chorale"):
        tiny_bundle(folder / kind, kind)
    return folder


@pytest.fixture(autouse=True)
def on_the_shelf(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSE_HOME", str(home))


def test_pieces_of_other_random_numbers_say_so() -> None:
    made = load_maker("melody").compose(bars=1, seed=1)
    for version in ("Muse 0.1.0", "Muse 0.1.9 beta", "another program", None):
        old = made.with_provenance({**made.provenance, "made_with": version})
        with pytest.raises(WishError, match=r"only that version makes it again"):
            regrown(old)


def test_a_piece_is_made_again_in_its_precision_and_by_any_engine() -> None:
    made = load_maker("melody").compose(bars=2, seed=1)
    assert "precision" not in made.provenance, "the usual one is not told"
    asked: list[tuple[str, str | None]] = []

    def load(name: str, precision: str | None) -> object:
        asked.append((name, precision))
        return load_maker(name, engine="torch")

    told = made.with_provenance({**made.provenance, "precision": "int8"})
    assert same(regrown(told, load), made) and same(regrown(made, load), made)
    assert asked == [("melody", "int8"), ("melody", None)]
    with pytest.raises(WishError, match="see precision"):
        regrown(made.with_provenance({**made.provenance, "precision": 8}))


@needs_native
def test_a_precision_other_than_the_usual_is_told_and_grows_again() -> None:
    made = load_maker("melody", precision="fp16").compose(bars=2, seed=1)
    assert made.provenance["precision"] == "fp16"
    assert same(regrown(made), made)


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_every_piece_grows_again_from_its_files(make: Callable, tmp_path: Path) -> None:
    made: Score = make(load_maker("melody"))
    assert same(regrown(made), made)
    for suffix in SUFFIXES:
        path = made.save(tmp_path / f"tune{suffix}")
        found = open_work(path)
        assert isinstance(found, Score)
        # A file carries its label beside the account.
        kept = {name: found.provenance.get(name) for name in made.provenance}
        assert kept == dict(made.provenance), suffix
        assert same(regrown(found), found), suffix


def same(again: Score, made: Score) -> bool:
    """As `muse regrow` compares them."""
    return again.melody.notes == made.melody.notes and again.chords == made.chords


def test_a_chorale_grows_again(tmp_path: Path) -> None:
    made = load_maker("chorale").harmonize(theme(), seed=3)
    for suffix in (".mid", ".musicxml", ".json"):
        found = open_work(made.save(tmp_path / f"chorale{suffix}"))
        again = regrown(found)
        assert [p.notes for p in again.parts] == [p.notes for p in found.parts], suffix


def test_a_changed_piece_is_noticed() -> None:
    made = load_maker("melody").compose(bars=2, key="D", meter="4/4", seed=1)
    assert not same(regrown(made), made.transposed(1))


def test_accounts_that_say_nothing_or_nonsense_are_refused() -> None:
    made = load_maker("melody").fill(theme(), 2, 3, seed=1)
    account = dict(made.provenance)
    settings = account["settings"]
    wrong = [
        ({}, "does not say how"),
        (account | {"settings": None}, "does not say how"),
        (account | {"model": "melody 99"}, "made by melody 99, here is melody 3"),
        (account | {"model": "lyrics 1"}, "no bundle named 'lyrics'"),
        (account | {"model": "../../etc/passwd 1"}, "no bundle|config.json"),
        (account | {"verb": "explode"}, "unknown verb"),
        (account | {"settings": settings | {"from_bar": "x"}}, "damaged"),
        (account | {"settings": {"seed": 1}}, "damaged"),
        (account | {"settings": settings | {"seed": "x"}}, "damaged|--seed"),
        (account | {"settings": settings | {"colour": 1}}, "colour"),
        (account | {"rank": 7}, "damaged|rank"),
    ]
    for about, words in wrong:
        with pytest.raises(WishError, match=words):
            regrown(made.with_provenance(about))
