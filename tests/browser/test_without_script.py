"""Every step that saves, and every page that waits, works without JavaScript."""

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts import demo
from tests.browser.running import Running

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, homeroom: Running) -> Page:
    """A browser whose owner has switched JavaScript off, with the director in it."""
    context = browser.new_context(base_url=homeroom.address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Email").fill(f"director@{demo.DOMAIN}")
    page.get_by_label("Password").fill(demo.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def test_a_draft_is_made_checked_and_refused_without_script(page: Page) -> None:
    page.get_by_role("link", name="Agreements").first.click()
    page.get_by_role("link", name="Start an MOU").click()
    page.get_by_label("Riverbend and Grand Bend").press("Space")
    page.get_by_role("button", name="Start the draft").click()
    page.get_by_role("link", name="Term and destruction").click()
    page.get_by_label("Last day of the term").fill("2020-01-01")
    page.get_by_label("Everything is destroyed by").fill("")
    page.get_by_role("button", name="Save and go back").click()
    expect(page.locator("main")).to_contain_text("Needs a fix")
    page.get_by_role("link", name="Check and send").click()
    page.get_by_role("button", name="Send for approval").click()
    expect(page.locator("main")).to_contain_text("must be put right")
    page.get_by_role("link", name="Agreements").first.click()
    page.get_by_label("Search").fill("riverbend attendance")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("#register")).to_contain_text("1 agreement found for")
    page.get_by_role("button", name="Number").click()
    expect(page.locator("#register")).to_contain_text("sorted by number, ascending")
    expect(page.get_by_label("Search")).to_have_value("riverbend attendance")
