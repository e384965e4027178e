"""From an idea to an MOU that is sent, and a DUA approved and signed, by keyboard.

What is counted: each time a person presses Enter or Space to do something: follows a
link, presses a button, ticks a box, or answers a question by one of its radio buttons,
whichever arrow keys lead there. What is not: typing into a field, the first letters of
an option of a list, and Tab, which only moves the focus.
The count begins on the page on which the person arrives, signed in: the home page, or
the page to which the link of a message leads. Another person's acts are that person's.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts import demo
from tests.browser.driving import Person
from tests.browser.running import Running

MOST_TO_SEND, MOST_TO_APPROVE, MOST_TO_SIGN = 42, 4, 3
JOINED = "Riverbend and Grand Bend"
ANSWERS = (
    "About groups: totals by building or school, such as attendance",
    "In buildings of 10 homes or more, but we must count the tenants' own children",
    "Yes, or its counsel will say so before anything is sent",
    "The school district itself",
    "No",
)
PURPOSE = "learn in which buildings children miss much school, and plan help there"
SEED = f"""
from partnerships.models import Partnership
from tests import make
joined = Partnership.objects.get(name="{JOINED}")
running = make.agreement(joined, password="{demo.PASSWORD}")
print(running.number, make.data_use(running, until="review").number)
"""


class Counted(Person):
    """A person whose acts are counted, as this module says."""

    n_acts = 0

    def press(self, role: Any, name: str | re.Pattern[str]) -> None:
        """Follow a link or press a button: one act."""
        super().press(role, name)
        self.n_acts += 1

    def tick(self, label: str) -> None:
        """Tick the box with just this label: one act."""
        target = self.page.get_by_label(label, exact=True)
        self.reach(target)
        self.page.keyboard.press("Space")
        expect(target).to_be_checked()
        self.n_acts += 1

    def answer(self, option: str) -> None:
        """Choose one of a question's answers: one act, however far down it stands."""
        target = self.page.get_by_label(option, exact=True)
        name = target.get_attribute("name")
        self.reach(self.page.locator(f"input[name={name}]").first)
        self.page.keyboard.press("Space")
        while not target.is_checked():
            self.page.keyboard.press("ArrowDown")
        self.n_acts += 1

    def arrives(self, path: str = "/") -> None:
        """Come to a page, from where acts are counted."""
        self.open(path)
        self.n_acts = 0


@pytest.fixture(scope="module")
def counted(
    homeroom: Running, browser: Browser, shots: Path
) -> Callable[[str], Counted]:
    """Return a signed-in person of the cast, whose acts are counted."""

    def find(account: str) -> Counted:
        one = Counted(browser, address=homeroom.address, account=account, shots=shots)
        one.sign_in()
        return one

    return find


# The first agreement of people who have none: this comes first in a fresh Homeroom.


@pytest.mark.browser
def test_director_comes_from_an_idea_to_a_memorandum_that_is_sent(
    counted: Callable[[str], Counted],
) -> None:
    director = counted("director")
    director.arrives()
    number = _starts(director)
    _fills(director)
    director.heading(f"Check and send {number}")
    director.sees("has not recorded a finding")
    director.look("agreeing-check")
    n_before = director.n_acts
    counsel = counted("housing-counsel")
    _finds(counsel, number)
    director.arrives()
    director.press("link", re.compile(f"counsel recorded a finding on {number}"))
    director.heading(f"Check and send {number}")
    expect(director.page.locator("#findings")).not_to_contain_text("Must fix")
    director.press("button", "Send for approval")
    director.sees(f"{number} was sent to the counsel of every owner")
    director.sees("Review")
    assert n_before + director.n_acts <= MOST_TO_SEND
    assert director.problems + counsel.problems == []


def _starts(one: Counted) -> str:
    """Go from the home page through the questions to a draft."""
    one.press("link", f"Start an agreement with {JOINED}")
    for option in ANSWERS:
        one.answer(option)
        one.press("button", "Continue")
    one.heading("Your route: The district links")
    one.press("link", "Start a memorandum of understanding")
    expect(one.page.get_by_label(JOINED)).to_be_checked()
    one.press("button", "Start the draft")
    one.heading(f"draft with {JOINED}")
    one.look("agreeing-draft")
    number = re.search(r"MOU-\d{4}-\d{3}", one.page.url)
    assert number is not None
    return number[0]


def _fills(one: Counted) -> None:
    """Go through every section, and say what only a person can say."""
    one.press("link", "Parties and signers")
    one.choose("On what authority does the agency send its list?", "Policy")
    one.fill("Where that authority is written", "Board policy 7.3")
    one.press("button", "Save and go on")
    one.heading("Purpose and questions")
    one.fill("What do you want to learn, and what will you do with it?", PURPOSE)
    _sees_it_saved(one, PURPOSE)
    one.fill("Who and what is included?", "school-age children in ten developments")
    one.fill("What does each party gain?", "both learn where help is needed")
    one.fill("Summary for families", "We learn which buildings need help.")
    one.look("agreeing-purpose")
    one.press("button", "Save and go on")
    one.heading("What is shared")
    one.look("agreeing-schedule")
    one.press("link", "Go on to Who may see it")
    one.look("agreeing-access")
    one.press("link", "Go on to Term and destruction")
    one.sees("The list of names is gone 30 days after it is linked")
    one.look("agreeing-dates")
    one.press("button", "Save and go on")
    one.heading("Protection and clauses")
    one.fill("Whom to notify", "the offices of the director and the superintendent")
    one.press("button", "Save and go on")
    one.heading("Clauses and their wording")
    one.press("link", "Go on to People outside the parties")
    one.press("link", "Go on to Records on file")
    one.press("link", "Go on to Check and send")


def _sees_it_saved(one: Counted, words: str) -> None:
    """Leave a field: it is saved, the page says so and shows the text."""
    one.page.keyboard.press("Tab")
    saved = one.page.locator("#saved")
    expect(saved).to_have_attribute("role", "status")
    expect(saved).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
    expect(one.page.locator("#text-now")).to_contain_text(words)


def _finds(one: Counted, number: str) -> None:
    one.arrives()
    one.press("link", f"Record a finding on {number}")
    one.answer("It serves a purpose directly connected with running the program")
    one.fill("Why, in a sentence or two", "It plans services for residents.")
    one.press("button", "Record the finding")
    one.sees("Your finding is on record")


# A project inside a memorandum that they know


@pytest.fixture(scope="module")
def numbers(homeroom: Running) -> tuple[str, str]:
    """Return the numbers of an MOU in force and of a DUA under it, in review."""
    done = homeroom.manage("shell", "--no-imports", "-c", SEED)
    running, project = done.split()[-2:]
    return running, project


@pytest.mark.prove
def test_solicitor_approves_a_project_and_its_signatory_signs(
    counted: Callable[[str], Counted], numbers: tuple[str, str]
) -> None:
    running, project = numbers
    counsel, solicitor = counted("housing-counsel"), counted("solicitor")
    _approves(counsel, project)
    _approves(solicitor, project)
    assert solicitor.n_acts <= MOST_TO_APPROVE
    director, superintendent = counted("director"), counted("superintendent")
    _signs(director, project, "Dana Ortiz")
    _signs(superintendent, project, "Sidney Park")
    assert superintendent.n_acts <= MOST_TO_SIGN
    director.until(f"/agreements/{project}/", "What now runs")
    director.sees(f"It stands under {running}")
    director.look("agreement-project")
    director.open(f"/agreements/{running}/")
    director.sees("People with access today")
    director.sees("stands under it")
    director.look("agreement-everything")
    people = (counsel, solicitor, director, superintendent)
    assert [problem for one in people for problem in one.problems] == []


def _approves(one: Counted, number: str) -> None:
    one.arrives()
    one.press("link", f"Decide on {number}")
    one.look(f"review-project-{one.account}")
    one.press("button", "Approve")
    one.sees("has approved")


def _signs(one: Counted, number: str, name: str) -> None:
    one.until("/", f"Sign {number}")
    one.arrives(f"/agreements/{number}/sign/")
    one.fill("Type your full name", name)
    one.tick("I intend to sign this agreement")
    one.tick("I agree to sign and keep it electronically; paper is available")
    one.fill("Your password, to confirm that it is you", demo.PASSWORD)
    one.press("button", f"Sign {number}")
    one.sees(f"You have signed {number}")


# Nothing is lost, and no script is needed


@pytest.mark.prove
def test_what_was_typed_is_kept_when_the_page_is_left_at_once(
    counted: Callable[[str], Counted], numbers: tuple[str, str]
) -> None:
    director = counted("director")
    draft = _fresh_draft(director)
    director.open(f"{draft}protection/")
    words = "both offices, typed and not left"
    director.fill("Whom to notify", words)
    director.open(draft)
    director.until(f"{draft}protection/", words)
    director.open(f"{draft}protection/")  # what came in while it was read may be half
    expect(director.page.get_by_label("Whom to notify")).to_have_value(words)
    _looks_below_the_sections(director, draft)
    assert director.problems == []


def _looks_below_the_sections(one: Counted, draft: str) -> None:
    """Open what lies below a section: it saves itself as well."""
    one.open(f"{draft}schedule/")
    one.press("link", "Ground, frequency, way and whose rows of Housing list")
    one.fill("What does the receiver do that district staff", "Counts.")
    one.page.keyboard.press("Tab")
    expect(one.page.locator("#saved")).to_contain_text("Saved")
    one.look("agreeing-flow")
    one.open(f"{draft}purpose/")
    one.press("link", "Uses, study and program of purpose 1")
    one.look("agreeing-purpose-uses")


def _fresh_draft(one: Counted) -> str:
    one.open("/agreements/new/")
    one.press("button", "Start the draft")
    one.heading("draft with")
    return one.page.url


@pytest.mark.prove
def test_sections_are_filled_one_after_the_other_without_script(
    homeroom: Running, browser: Browser, numbers: tuple[str, str]
) -> None:
    context = browser.new_context(
        base_url=homeroom.address,
        java_script_enabled=False,
        viewport={"width": 320, "height": 900},
    )
    page = context.new_page()
    _signs_in(page)
    page.goto("/agreements/new/")
    page.get_by_role("button", name="Start the draft").click()
    page.get_by_role("link", name="Term and destruction").click()
    page.get_by_label("Last day of the term").fill("2099-06-30")
    page.get_by_label("Days after the link until").fill("99999")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("main")).to_contain_text("There is a problem")
    expect(page.locator("#timeline")).to_contain_text("June 30, 2099")
    page.get_by_label("Days after the link until").fill("30")
    page.get_by_label("First day of the term").fill("2098-07-01")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Whom to notify").fill("both offices")
    page.get_by_role("button", name="Save and go back to the sections").click()
    expect(page.locator("#timeline")).to_contain_text("July 1, 2098")
    page.goto(f"/agreements/{numbers[0]}/")
    for heading in ("Dates", "Parties", "People with access today", "Releases"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()


def _signs_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Email").fill(f"director@{demo.DOMAIN}")
    page.get_by_label("Password").fill(demo.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
