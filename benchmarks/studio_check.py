"""Use the studio in a real browser, as a visitor does: make, hear, redo, download; and look at it.

    python benchmarks/studio_check.py --screens out/screens [--browser /usr/bin/chromium]

Needs Playwright (pip install playwright) and a Chromium of the system. Each tab makes its work, plays
it where it sounds, redoes a bar or a line and downloads a file. The check fails if the browser asked
another machine for anything, or a page told an error. Screenshots, wide and narrow, light and dark,
are for the eye.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def check(screens: Path, executable: str) -> dict[str, Any]:
    """All of it; returns what was measured, in seconds."""
    from playwright.sync_api import sync_playwright

    from muse.studio.app import build_studio, started

    screens.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    studio = build_studio()
    address = started(studio, "127.0.0.1", None)
    found: dict[str, Any] = {"cold start": time.monotonic() - began}
    asked: list[str] = []
    told: list[str] = []
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            page = browser.new_page(viewport=WIDE, color_scheme="light")  # type: ignore[arg-type]
            page.set_default_timeout(90_000)
            page.on("request", lambda request: asked.append(request.url))
            page.on(
                "console", lambda said: told.append(said.text) if said.type == "error" else None
            )
            page.goto(address)
            page.locator("#melody-compose").wait_for()
            found["page shown"] = time.monotonic() - began
            found |= _melody(page, screens) | _verse(page, screens) | _script(page, screens)
            _look(page, screens)
            browser.close()
    finally:
        studio.close()
    elsewhere = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert not elsewhere, elsewhere
    assert not told, told
    found["requests"] = len(asked)
    return found


def _press(page: Any, button: str, shown: str, before: str | None = None) -> float:
    """Press a button and wait until `shown` is there and differs from `before`; seconds."""
    began = time.monotonic()
    page.locator(button).click()
    page.locator(shown).first.wait_for()
    if before is not None:
        view = shown.split(" ")[0]
        page.wait_for_function(
            "([view, old]) => document.querySelector(view).innerText !== old && "
            "!document.querySelector(view + ' .muse-growing')",
            arg=[view, before],
        )
    return time.monotonic() - began


def _download(page: Any, name: str, suffix: str) -> int:
    """Fetch the file of a suffix from a tab's downloads; its bytes."""
    link = page.locator(f"#{name}-files a[download$='{suffix}']").first
    link.wait_for()
    with page.expect_download() as coming:
        link.click()
    size = Path(coming.value.path()).stat().st_size
    assert size > 100, (suffix, size)
    return size


def _melody(page: Any, screens: Path) -> dict[str, Any]:
    began = time.monotonic()
    page.locator("#melody-compose").click()
    page.locator("#melody-view svg").first.wait_for()
    first = time.monotonic() - began
    page.locator("#melody-view audio").first.wait_for()
    found = {"first bar seen": first, "tune made": time.monotonic() - began}
    page.evaluate("document.querySelector('#melody-view audio').play()")
    page.wait_for_function("document.querySelector('#melody-view audio').currentTime > 0.3")
    found["MIDI bytes"] = _download(page, "melody", ".mid")
    page.screenshot(path=screens / "melody-wide-light.png", full_page=True)
    abc = page.locator("#melody-text textarea").input_value()
    page.locator("#melody-alternatives input[type=number]").fill("2")
    page.locator("#melody-fill").click()
    page.locator("#melody-view section:nth-of-type(2)").wait_for()
    assert page.locator("#melody-text textarea").input_value() != abc
    page.locator("#melody-choice label").nth(1).click()
    page.locator("#melody-view section.muse-in-hand:nth-of-type(2)").wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=screens / "melody-alternatives.png", full_page=True)
    return found


def _verse(page: Any, screens: Path) -> dict[str, Any]:
    page.get_by_role("tab", name="Verse").click()
    page.locator("#verse-theme textarea, #verse-theme input").first.fill("winter sea")
    found = {"poem made": _press(page, "#verse-write", "#verse-view section.muse-card")}
    lines = page.locator("#verse-text textarea").input_value().splitlines()
    page.wait_for_function("document.querySelector('#verse-scan textarea').value.length > 20")
    page.locator("#verse-alternatives input[type=number]").fill("3")
    page.locator("#verse-redo").click()
    page.locator("#verse-view section:nth-of-type(3)").wait_for()
    again = page.locator("#verse-text textarea").input_value().splitlines()
    assert again[1:] == lines[1:], "a line that was to stay is another"
    found["poem bytes"] = _download(page, "verse", ".html")
    page.screenshot(path=screens / "verse-wide-light.png", full_page=True)
    page.locator("#verse-language label").nth(1).click()
    page.locator("#verse-alternatives input[type=number]").fill("1")
    page.wait_for_function("document.querySelector('#verse-form input').value === '七绝'")
    page.locator("#verse-theme textarea, #verse-theme input").first.fill("春江")
    page.locator("#verse-write").click()
    page.locator("#verse-view section[lang=zh]").wait_for()
    page.wait_for_timeout(2500)
    page.screenshot(path=screens / "verse-chinese.png", full_page=True)
    return found


def _script(page: Any, screens: Path) -> dict[str, Any]:
    page.get_by_role("tab", name="Script").click()
    page.locator("#script-setting textarea, #script-setting input").first.fill("a storm at sea")
    page.locator("#script-speeches input[type=number]").fill("4")
    found = {"scene made": _press(page, "#script-write", "#script-view section.muse-card")}
    before = page.locator("#script-view").inner_text()
    found["speech redone"] = _press(page, "#script-redo", "#script-view section", before)
    found["Fountain bytes"] = _download(page, "script", ".fountain")
    page.screenshot(path=screens / "script-wide-light.png", full_page=True)
    return found


def _look(page: Any, screens: Path) -> None:
    """Each tab as it stands now: dark, narrow, and by keyboard."""
    for name in ("Melody", "Verse", "Script"):
        page.get_by_role("tab", name=name, exact=True).click()
        page.emulate_media(color_scheme="dark")
        page.evaluate("document.body.classList.add('dark')")
        page.set_viewport_size(WIDE)
        page.wait_for_timeout(400)
        page.screenshot(path=screens / f"{name.lower()}-wide-dark.png", full_page=True)
        for scheme in ("dark", "light"):
            page.evaluate(
                f"document.body.classList.toggle('dark', {str(scheme == 'dark').lower()})"
            )
            page.set_viewport_size(NARROW)
            page.wait_for_timeout(400)
            page.screenshot(path=screens / f"{name.lower()}-narrow-{scheme}.png", full_page=True)
            wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wider <= 1, f"{name} is {wider} pixels wider than a phone"
        page.set_viewport_size(WIDE)
    page.get_by_role("tab", name="Melody", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    reached = page.evaluate("document.activeElement.tagName")
    assert reached != "BODY", "the keyboard leads nowhere"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--screens", type=Path, required=True, help="folder of the screenshots")
    parser.add_argument("--browser", default="/usr/bin/chromium")
    options = parser.parse_args()
    measured = check(options.screens, options.browser)
    print(json.dumps({k: round(v, 2) for k, v in measured.items()}, indent=1))
