"""A disk that is full, a folder that cannot be written: everything stays as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from muse.works import base
from muse.works.base import WishError, write_together
from muse.works.poem import Poem

POEM = Poem((("The sea is wide", "and I abide"),) * 40, title="Sea", provenance={"seed": 7})

SAVING = """
import resource, sys
from pathlib import Path
from muse.works.base import WishError
from muse.works.poem import Poem
poem = Poem((("The sea is deep", "and so is sleep"),) * int(sys.argv[3]), title="Sea")
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    poem.save(Path(sys.argv[1]))
except WishError as error:
    print(error)
    sys.exit(2)
"""


def saved_within(path: Path, room: int, stanzas: int = 400) -> subprocess.CompletedProcess[str]:
    """Save a poem in a process whose files the system keeps below `room` bytes."""
    return subprocess.run(
        [sys.executable, "-c", SAVING, str(path), str(room), str(stanzas)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".json", ".pdf"])
@pytest.mark.parametrize("room", [0, 100, 5_000])
def test_no_room_leaves_what_was_there(tmp_path: Path, suffix: str, room: int) -> None:
    path = POEM.save(tmp_path / f"poem{suffix}")
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    done = saved_within(path, room)
    assert done.returncode == 2, done.stderr
    assert done.stdout.count("\n") == 1
    assert f"cannot write {tmp_path}" in done.stdout
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_a_new_file_does_not_appear_by_half(tmp_path: Path) -> None:
    """The text would fit, what stands beside it would not."""
    assert saved_within(tmp_path / "poem.txt", 1 << 20, 10).returncode == 0
    room = (tmp_path / "poem.txt").stat().st_size + 10
    assert room < (tmp_path / "poem.txt.json").stat().st_size
    assert saved_within(tmp_path / "new" / "poem.txt", room, 10).returncode == 2
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("fails", [1, 2])
@pytest.mark.parametrize("links", [True, False])
def test_a_failed_renaming_puts_the_first_file_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool, fails: int
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write_together([(one, b"1"), (two, b"2")])
    real, count = os.replace, 0

    def failing(source: str, target: Path) -> None:
        nonlocal count
        count += 1
        if count == fails:
            raise OSError(28, "No space left on device")
        real(source, target)

    def no_links(source: Path, target: str) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(base.os, "replace", failing)
    if not links:
        monkeypatch.setattr(base.os, "link", no_links)
    with pytest.raises(WishError, match="No space left"):
        write_together([(one, b"new 1"), (two, b"new 2")])
    assert (one.read_bytes(), two.read_bytes()) == (b"1", b"2")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["one", "two"]


def test_putting_back_needs_no_room(tmp_path: Path) -> None:
    """The old file is kept by a second name, so a full disk cannot lose it."""
    one, two = tmp_path / "one", tmp_path / "two"
    write_together([(one, b"1" * 9_000), (two, b"2")])
    code = """
import os, resource, sys
from pathlib import Path
from muse.works import base
real, count = os.replace, 0
def failing(source, target):
    global count
    count += 1
    if count == 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        raise OSError(28, "No space left on device")
    real(source, target)
base.os.replace = failing
try:
    base.write_together([(Path(sys.argv[1]), b"new 1"), (Path(sys.argv[2]), b"new 2")])
except base.WishError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(one), str(two)], capture_output=True, text=True, timeout=60
    )
    assert "No space left" in done.stdout, done.stderr
    assert one.read_bytes() == b"1" * 9_000
    assert two.read_bytes() == b"2"


def test_what_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("I am no folder")
    (tmp_path / "folder.txt").mkdir()
    for path in (tmp_path / "file" / "a.txt", tmp_path / "folder.txt", Path("/proc/a.txt")):
        with pytest.raises(WishError, match="cannot write") as raised:
            POEM.save(path)
        assert "\n" not in str(raised.value)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder.txt"]
