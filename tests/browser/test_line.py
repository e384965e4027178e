"""The whole line, by keyboard: from a drafted MOU to a certificate of destruction."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts import demo
from tests.browser.driving import Person
from tests.browser.running import Running

pytestmark = pytest.mark.browser

# Pages beside the way, by the name of their picture.
DRAFT_PAGES = {
    "path": "/agreements/path/",
    "clauses": "/agreements/{number}/draft/clauses/",
    "clause": "/agreements/{number}/draft/clauses/C31/",
    "original": "/agreements/{number}/draft/original/",
    "outside": "/agreements/{number}/draft/outside/",
    "records": "/agreements/{number}/draft/records/",
    "new-record": "/agreements/{number}/records/annual/",
    "versions": "/agreements/{number}/versions/?earlier=template&later=now",
    "bring-in": "/agreements/{number}/proposals/new/",
    "papers": "/agreements/{number}/papers/",
    "pledge": "/pledge/",
}
REVIEW_PAGES = {
    "comments": "/agreements/{number}/comments/",
    "delegations": "/delegations/",
}
SIGNING_PAGES = {"sign-on-paper": "/agreements/{number}/paper/"}

PURPOSE = "learn in which buildings children miss much school, and plan help there"


def test_line_from_draft_to_certificate(
    homeroom: Running, person: Callable[[str], Person], tmp_path: Path
) -> None:
    walk(homeroom, person, tmp_path)


def walk(
    homeroom: Running,
    person: Callable[[str], Person],
    tmp_path: Path,
    *,
    has_targets: bool = False,
) -> None:
    """Walk the whole line by keyboard, and look at every page on the way.

    has_targets: a target is proposed and agreed as well, which takes its time.
    """
    director = person("director")
    number = _drafts(director)
    _finds(person("housing-counsel"), number)
    _looks_round(director, number, DRAFT_PAGES)
    _sends(director, number)
    _looks_round(person("solicitor"), number, REVIEW_PAGES)
    _approves(person("housing-counsel"), number)
    _cannot_approve(person("admin"), number)
    _approves(person("solicitor"), number)
    _looks_round(director, number, SIGNING_PAGES)
    _signs(director, number, "Dana Ortiz")
    _signs(person("superintendent"), number, "Sidney Park")
    director.until(f"/agreements/{number}/", "What now runs")
    director.look("agreement-in-force")
    _searches(director, number)
    _loads_housing(person("housing-steward"), homeroom.files, tmp_path)
    _loads_school(person("steward"), homeroom.files)
    _releases(person("analyst"))
    _decides(person("housing-steward"))
    _decides(person("steward"))
    _reads(person("analyst"))
    if has_targets:
        _aims(person("analyst"))
        for account in ("director", "superintendent"):
            _agrees_to_target(person(account))
        _sees_target(person("analyst"))
    _sees_nothing(person("stranger"), number)
    _destroys(homeroom, person("steward"), person("admin"), tmp_path)
    assert "intact" in homeroom.manage("verify_ledger")
    problems = [
        problem for each in demo.CAST for problem in person(each.account).problems
    ]
    assert problems == []


def _drafts(one: Person) -> str:
    one.look("home-director")
    one.press("link", "Agreements")
    one.look("register-empty")
    one.press("link", "Start an MOU")
    one.tick("Riverbend and Grand Bend")
    one.look("start")
    one.press("button", "Start the draft")
    one.heading("draft with Riverbend and Grand Bend")
    number = re.search(r"MOU-\d{4}-\d{3}", one.page.url)
    assert number is not None
    one.look("draft")
    one.press("link", "Purpose and questions")
    one.fill("What do you want to learn, and what will you do with it?", PURPOSE)
    one.fill("Who and what is included?", "school-age children in ten developments")
    one.fill("What does each party gain?", "both learn where help is needed")
    one.fill("Summary for families", "We learn which buildings need help.")
    one.look("section-purpose")
    one.press("button", "Save and go back to the sections")
    one.press("link", "Parties and signers")
    one.choose("On what authority does the agency send its list?", "Policy")
    one.fill("Where that authority is written", "Board policy 7.3")
    one.page.keyboard.press("Tab")
    expect(one.page.locator("#findings")).not_to_contain_text("No authority")
    one.look("section-parties")
    one.press("button", "Save and go back to the sections")
    one.press("link", "Protection and clauses")
    one.fill("Whom to notify", "the offices of the director and the superintendent")
    one.tick(
        "C19 Holds and requests to inspect",
    )
    one.look("section-protection")
    one.press("button", "Save and go back to the sections")
    _lists_and_unlists(one)
    one.press("link", "Who may see it")
    one.sees("Stevie Marsh")
    one.look("section-access")
    one.press("link", "Back to the sections")
    one.press("link", "Term and destruction")
    one.look("section-dates")
    one.press("button", "Save and go back to the sections")
    one.press("link", "Check and send")
    one.sees("has not recorded a finding")
    one.look("check")
    one.press("button", "Send for approval")
    one.sees("must be put right before this can be sent")
    return number[0]


def _lists_and_unlists(one: Person) -> None:
    """List a field that the rules find, remove it."""
    one.press("link", "What is shared")
    one.look("section-schedule")
    one.reach(one.page.get_by_label("Element to add").first)
    one.page.keyboard.type("Rent, assets")
    one.press("button", "Add to Housing list")
    one.heading("Rent, assets or income")
    one.sees("Linking does not need it")
    one.look("section-element")
    one.press("button", "Save and go back to the schedule")
    one.press("button", re.compile("Remove Rent, assets"))
    one.sees("Removed from the schedule")
    one.press("link", "Back to the sections")


def _looks_round(one: Person, number: str, pages: dict[str, str]) -> None:
    """Look at pages that lie beside the way."""
    for name, path in pages.items():
        one.open(path.format(number=number))
        one.look(name)


def _finds(one: Person, number: str) -> None:
    one.open("/")
    one.press("link", f"Record a finding on {number}")
    one.tick("It serves a purpose directly connected with running the program")
    one.fill("Why, in a sentence or two", "It plans services for residents.")
    one.look("finding")
    one.press("button", "Record the finding")
    one.sees("Your finding is on record")


def _sends(one: Person, number: str) -> None:
    one.open(f"/agreements/{number}/draft/check/")
    one.sees("Nothing stands in the way")
    one.press("button", "Send for approval")
    one.sees("was sent to the counsel of every owner")


def _approves(one: Person, number: str) -> None:
    one.open("/")
    one.press("link", f"Decide on {number}")
    one.look("review")
    one.press("button", "Approve")
    one.sees("has approved")


def _cannot_approve(one: Person, number: str) -> None:
    one.open(f"/agreements/{number}/review/")
    one.reach(one.page.locator("summary", has_text="Approve").first)
    one.page.keyboard.press("Enter")
    one.sees("Only Grand Bend ISD's counsel may do this")
    one.look("review-admin")
    one.press("link", "People")
    one.press("link", re.compile("Change the authority of Dana Ortiz"))
    one.look("authority")


def _signs(one: Person, number: str, name: str) -> None:
    one.until("/", f"Sign {number}")
    one.press("link", f"Sign {number}")
    one.fill("Type your full name", name)
    one.tick("I intend to sign this agreement")
    one.tick("I agree to sign and keep it electronically")
    one.fill("Your password, to confirm that it is you", "homeroom-demo")
    one.look("sign")
    one.press("button", f"Sign {number}")
    one.sees(f"You have signed {number}")


def _searches(one: Person, number: str) -> None:
    """Find the agreement by a field and a person, turn the list, take it along."""
    one.press("link", "Agreements")
    one.fill("Search", "tenant.birth_date marsh")
    one.page.keyboard.press("Enter")
    one.sees("1 agreement found for")
    one.reach(one.page.locator("#sort-ends"))
    one.page.keyboard.press("Enter")
    one.sees("sorted by ends, ascending")
    expect(one.page.locator("#announcer")).to_contain_text("1 agreement found, sorted")
    expect(one.page.locator("#sort-ends")).to_be_focused()
    one.look("register-searched")
    assert number.encode() in one.download("as a table (CSV)")
    one.page.go_back()
    one.sees("newest first")
    one.fill("Search", "nowhere")
    one.page.keyboard.press("Enter")
    one.sees("No agreement found for “nowhere”")
    one.look("register-nothing-found")


def _loads_housing(one: Person, files: Path, scratch: Path) -> None:
    one.until("/", "Load data")
    one.press("link", re.compile("Load data"))
    lines = (files / "tenants.csv").read_text().splitlines()
    wide = scratch / "tenants-with-phone.csv"
    wide.write_text("\n".join(f"{line},x" for line in lines).replace(",x", ",phone", 1))
    one.attach("File", wide)
    one.press("button", "Send for a check")
    one.heading("Check before loading")
    one.sees("Load 7 allowed columns", seconds=60)
    one.sees("Refused: will not be stored")
    one.look("arrival-with-a-column-refused")
    one.press("button", "Cancel, keep nothing")
    one.sees("Nothing was kept")
    one.press("link", re.compile("Load data"))
    one.attach("File", files / "tenants.csv")
    one.press("button", "Send for a check")
    one.sees("Load 7 allowed columns", seconds=60)
    one.press("button", "Load 7 allowed columns")
    one.sees("It is not confirmed that protected households")
    one.tick("Protected households were removed from this file")
    one.press("button", "Load 7 allowed columns")
    one.heading("Receipt")
    one.look("receipt-housing")


def _loads_school(one: Person, files: Path) -> None:
    one.open("/")
    one.press("link", re.compile("Load data"))
    names = (
        "Student.xml",
        "StudentSchoolAttendance.xml",
        "EducationOrgCalendar.xml",
        "made-enrolment.csv",
    )
    one.attach("Files", *(files / name for name in names))
    one.look("upload-school")
    one.press("button", "Send for a check")
    one.sees("Load or cancel", seconds=60)
    one.look("arrival-school")
    one.press("button", re.compile("^Load "))
    one.heading("Receipt")
    one.sees("What was there and was not stored")
    one.look("receipt-school")
    one.press("link", "Follow the linking")
    one.look("run")
    one.sees(re.compile("Linked"), seconds=60)
    one.sees("Accepted")
    one.look("run-linked")


def _releases(one: Person) -> None:
    one.open("/")
    one.press("link", re.compile("Make a release"))
    one.fill("Title", "School attendance of children in ten developments")
    one.fill("What should readers know?", "Children found on both lists.")
    one.look("new-release")
    one.press("button", "Make the tables")
    one.sees("An outsider recovers nothing", seconds=60)
    one.look("release-draft")
    one.press("button", "Propose to the owners")
    one.sees("was asked to decide")


def _decides(one: Person) -> None:
    one.open("/")
    one.press("link", re.compile("Decide on"))
    one.look("release-decide")
    one.press("button", "Approve")
    one.sees("has decided")


def _reads(one: Person) -> None:
    one.press("link", "Dashboards")
    one.look("dashboards")
    one.press("link", "School attendance of children in ten developments")
    one.heading("Which buildings have the highest chronic absence?")
    one.sees("Suppressed")
    one.look("dashboard")
    table = "Chronic absence by building, school year 2021–22"
    text = one.download(f"Download this table (CSV) of {table}").decode("utf-8-sig")
    assert text.startswith("Invented people and results")
    assert "Suppressed" in text


def _aims(one: Person) -> None:
    """Propose a target from the dashboard, and state what was done."""
    one.press("link", "Propose a target")
    one.look("new-target")
    one.press("button", "Propose to every party")
    one.sees("There are 2 problems")
    one.fill("Short-term target", "12")
    one.fill("Long-term target", "8")
    one.fill("Why these targets", "Home visits begin in autumn.")
    one.press("button", "Propose to every party")
    one.sees("waiting")
    one.press("link", "Dashboards")
    one.press("link", "School attendance of children in ten developments")
    one.press("link", "State what was done")
    one.fill("What was done", "Home visits")
    one.fill("Service provider", "Neighbours")
    one.reach(one.page.get_by_label("First day"))
    one.page.keyboard.type("09012021")
    one.look("new-intervention")
    one.press("button", "State it")
    one.sees("Home visits")
    one.look("goals")


def _agrees_to_target(one: Person) -> None:
    one.open("/dashboards/goals/")
    one.press("link", re.compile("Chronic absence: "))
    one.look("target-decide")
    one.press("button", "Agree")
    one.sees("agreed by")


def _sees_target(one: Person) -> None:
    one.open("/dashboards/goals/")
    one.sees("Agreed")
    one.press("link", re.compile("Chronic absence: "))
    one.press("link", "School attendance of children in ten developments")
    one.sees("Home visits")
    one.look("dashboard-with-target")


def _sees_nothing(one: Person, number: str) -> None:
    answer = one.page.goto(f"/agreements/{number}/")
    assert answer is not None
    assert answer.status == 404
    one.look("not-found")


def _destroys(homeroom: Running, steward: Person, admin: Person, scratch: Path) -> None:
    homeroom.manage("advance_clock", "--days", "23")
    steward.until("/outbox/", "destruction is due", seconds=75)
    homeroom.manage("advance_clock", "--days", "7")
    steward.until("/dates/", "Certificate of destruction", seconds=75)
    steward.look("dates")
    admin.open("/outbox/")
    admin.sees("certificate of destruction")
    admin.look("outbox")
    admin.press("link", "People")
    admin.look("people")
    steward.open("/dates/")
    certificate = steward.download("Certificate of destruction (PDF)")
    _checks(steward, certificate, scratch)


def _checks(one: Person, certificate: bytes, scratch: Path) -> None:
    """Check a certificate where anybody can, and one in which a byte changed."""
    one.press("link", "Check a document")
    one.look("verify")
    for name, middle, says in (
        ("certificate.pdf", certificate[5000:5001], "and unchanged"),
        ("changed.pdf", b"\0", "Changed since it was sealed"),
    ):
        file = scratch / name
        file.write_bytes(certificate[:5000] + middle + certificate[5001:])
        one.attach("PDF to check", file)
        one.press("button", "Check the document")
        one.sees(says)
        one.look(f"verify-{file.stem}")
