"""Every demo runs from beginning to end; their own assertions hold."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

DEMOS = sorted((Path(__file__).parents[2] / "demos").glob("*.py"))


@pytest.mark.parametrize("demo", DEMOS, ids=[demo.stem for demo in DEMOS])
def test_demo(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(demo))
    assert len(capsys.readouterr().out.splitlines()) > 4


def test_readme_names_every_demo() -> None:
    text = (DEMOS[0].parent / "README.md").read_text(encoding="utf-8")
    assert all(demo.name in text for demo in DEMOS)
