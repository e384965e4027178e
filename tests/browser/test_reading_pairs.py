"""Two records are read by keyboard alone: 1, 2, 3 and U, and the focus goes along."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts import demo
from tests.browser.driving import Person
from tests.browser.running import Running
from tests.browser.site import Inside

pytestmark = [pytest.mark.browser, pytest.mark.prove]

DELIVERED = """
from partnerships.models import Partnership
from tests import make
from tests.support import repeating
joined = Partnership.objects.get(name="Riverbend and Grand Bend")
made = make.agreement(joined, password="{password}")
sent = repeating.delivered(made)
make.student_records(made)
print("sent and run", sent.pk, made.runs.get().pk)
"""


def test_pairs_are_read_and_explained_by_keyboard(
    homeroom: Running, person: Callable[[str], Person]
) -> None:
    told = Inside(homeroom).shell(DELIVERED.format(password=demo.PASSWORD))
    *_, sent, number = told.split()
    run = f"/data/runs/{number}/"
    reader = person("steward")
    reader.until(run, "Review of pairs", seconds=120)
    reader.press("link", "Review of pairs")
    reader.press("button", "Read the next pair")
    reader.look("pair")

    def answers(key: str) -> None:
        with reader.page.expect_navigation():
            reader.page.keyboard.press(key)
        expect(reader.page.locator("[data-keys]")).to_be_focused()

    expect(reader.page.locator("[data-keys]")).to_be_focused()
    reader.sees("The keys 1, 2, 3 and U work")
    answers("1")
    reader.sees("You have read 1.")
    answers("2")
    reader.sees("You have read 2.")
    answers("u")
    reader.sees("You have read 1.")
    answers("1")
    with reader.page.expect_navigation():
        reader.page.keyboard.press("3")
    reader.sees("Say why you cannot tell")
    reader.look("pair-refused")
    reader.tick("Too little is given to compare")
    answers("3")
    reader.sees("You have read 3.")

    reader.press("link", re.compile("^Stop here"))
    reader.press("link", "How this linkage weighed its pairs")
    reader.sees("nobody is led")
    reader.look("diagnostics")
    reader.press("link", re.compile("^pair "))
    reader.press("button", "Show how it was weighed")
    reader.sees("How the weight of this pair came about")
    reader.look("score")
    reader.open(f"{run}model/")
    reader.sees("A model is learned from 50 pairs read on")
    reader.press("button", "Learn a model from the answers")
    reader.sees("Read more pairs")
    reader.look("learned")
    assert reader.problems == []

    sender = person("housing-steward")
    sender.open(f"/data/deliveries/{sent}/")
    sender.look("delivery-with-repeats")
    sender.press("link", "Decide who is listed twice")
    sender.look("repeats")
    sender.press("button", "Show the next pair")
    expect(sender.page.locator("[data-keys]")).to_be_focused()
    sender.look("repeated-pair")
    for key, decided in ("1", 1), ("2", 2), ("u", 1), ("3", 2):
        with sender.page.expect_navigation():
            sender.page.keyboard.press(key)
        sender.sees(f"{decided} of 3 decided")
    sender.look("repeats-answered")
    assert sender.problems == []
