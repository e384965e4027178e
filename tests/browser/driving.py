"""A person at a keyboard in Chromium, and the running Homeroom they work with."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    Locator,
    Page,
    Playwright,
    TimeoutError,
    expect,
)

from accounts import demo

AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],  # nothing else is told at length
}
# Only what is wrong comes back: what is right is long, and told element by element.
LOOK = "options => axe.run(options).then(found => found.violations)"
NARROW, WIDE = 320, 1280
MOST_TABS = 250
# How many presses of Tab lead to an element, at least; 0 where it has the focus. A
# half of what is between, of which the radio buttons of a question are one.
TABS_TO = """it => {
    if (it === document.activeElement) return 0;
    const all = [...document.querySelectorAll(
        "a[href], button, input, select, textarea, summary, [tabindex]"
    )].filter(each => each.tabIndex >= 0 && !each.disabled && each.checkVisibility()
        && (each.type !== "radio" || each.checked));
    const at = document.activeElement;  // maybe no stop of Tab itself
    const between = all.filter(each => each !== at
        && (at === document.body || at.compareDocumentPosition(each) & 4)
        && (each === it || each.compareDocumentPosition(it) & 4)).length;
    return Math.max(1, Math.floor(between / 2));
}"""
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Yield Debian's Chromium."""
    browser = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=FLAGS
    )
    yield browser
    browser.close()


class Person:
    """One person with a browser of their own, who never touches a mouse.

    shots: where a screenshot of each page that was looked at goes, if anywhere.
    """

    def __init__(
        self, browser: Browser, *, address: str, account: str, shots: Path | None
    ) -> None:
        self.account = account
        self.shots = shots
        self.problems: list[str] = []
        context = browser.new_context(
            base_url=address, viewport={"width": WIDE, "height": 900}
        )
        self.page: Page = context.new_page()
        self.page.on("console", self._note)
        self.page.set_default_timeout(15_000)

    def _note(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.problems.append(f"{self.page.url}: {message.text}")

    def sign_in(self) -> None:
        """Sign in through the front door."""
        self.open("/")
        self.fill("Email", f"{self.account}@{demo.DOMAIN}")
        self.fill("Password", demo.PASSWORD)
        self.press("button", "Sign in")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("today")

    def open(self, path: str) -> None:
        """Go to an address, as a link in a message does."""
        self.page.goto(path)

    def look(self, name: str) -> None:
        """Check the page with axe and at both widths, and keep pictures if asked."""
        self.page.evaluate(AXE_SCRIPT)
        for violation in self.page.evaluate(LOOK, AXE):
            nodes = [node["html"][:200] for node in violation["nodes"][:3]]
            self.problems.append(f"{self.page.url}: {violation['id']}: {nodes}")
        for width in (NARROW, WIDE):  # and so it stays
            self.page.set_viewport_size({"width": width, "height": 900})
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                self.problems.append(f"{self.page.url}: {wide} px wide at {width}")
            if self.shots:
                picture = self.shots / f"{name}-{width}.png"
                self.page.screenshot(path=picture, full_page=True)

    def reach(self, target: Locator) -> None:
        """Hold Tab down until the target, the only one of its kind, has the focus."""
        handle = target.element_handle()
        n_pressed = 0
        while n_pressed < MOST_TABS:
            n_more = self.page.evaluate(TABS_TO, handle)
            if not n_more:
                return
            for _ in range(n_more):
                self.page.keyboard.down("Tab")
            self.page.keyboard.up("Tab")
            n_pressed += n_more
        raise AssertionError(f"Tab never reaches {target}")

    def press(self, role: Any, name: str | re.Pattern[str]) -> None:
        """Reach a link or button, press Enter, and wait for the page it leads to."""
        self.reach(self.found(role, name))
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def found(self, role: Any, name: str | re.Pattern[str]) -> Locator:
        """Return the first link or button of that name."""
        is_exact = isinstance(name, str)
        return self.page.get_by_role(role, name=name, exact=is_exact).first

    def download(self, name: str) -> bytes:
        """Reach a link, press Enter, and return the file that it sends."""
        self.reach(self.found("link", name))
        with self.page.expect_download() as download:
            self.page.keyboard.press("Enter")
        return download.value.path().read_bytes()

    def fill(self, label: str, text: str) -> None:
        """Reach a field and write over what it holds."""
        self.reach(self.page.get_by_label(label))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def choose(self, label: str, option: str) -> None:
        """Reach a list and type the beginning of an option."""
        target = self.page.get_by_label(label)
        self.reach(target)
        self.page.keyboard.type(option)
        expect(target.locator("option:checked")).to_contain_text(option)

    def tick(self, label: str) -> None:
        """Reach a check box or radio button and press Space."""
        target = self.page.get_by_label(label)
        self.reach(target)
        self.page.keyboard.press("Space")
        expect(target).to_be_checked()

    def attach(self, label: str, *files: Path) -> None:
        """Reach a file control, open its chooser with Enter and choose files.

        On a busy machine Chromium now and then drops the chooser of a window that
        was behind others: then Enter is pressed again, as a person would.
        """
        self.page.bring_to_front()
        for timeout in (3_000, 5_000, 15_000):
            self.reach(self.page.get_by_label(label, exact=True))
            try:
                with self.page.expect_file_chooser(timeout=timeout) as chooser:
                    self.page.keyboard.press("Enter")
            except TimeoutError:
                continue
            chooser.value.set_files(list(files))
            return
        raise AssertionError(f"No file chooser opens from {label}")

    def sees(self, text: str | re.Pattern[str], *, seconds: float = 15) -> None:
        """Wait until the page says something."""
        expect(self.page.locator("body")).to_contain_text(text, timeout=seconds * 1000)

    def heading(self, text: str | re.Pattern[str]) -> None:
        """Wait until the page's one first heading says something."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(text)

    def until(self, path: str, text: str, *, seconds: float = 40) -> None:
        """Reload an address until it says something, as somebody without script."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.open(path)
            if text in self.page.locator("main").inner_text():
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(f"{path} never said {text!r}")
