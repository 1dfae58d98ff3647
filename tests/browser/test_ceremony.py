"""The signing show by clicks and keys: a press in one window moves the hall's board in another, undo moves it back."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import axe, sideways
from tests.browser.visitor import Visitor

SECONDS = 6_500
"""The board asks every three seconds, give or take."""


def count_of(board: Visitor) -> int:
    return int(board.page.locator("[data-text=count]").inner_text())


def in_order(visitor: Visitor) -> list[str]:
    """What is wrong with the page as it stands."""
    visitor.page.wait_for_load_state()
    wide = sideways(visitor.page)
    return axe(visitor.page) + ([f"{visitor.page.url}: {wide} px too wide"] if wide > 0 else [])


def plan(clerk: Visitor, title: str) -> None:
    clerk.menu("Ceremonies")
    clerk.link("Plan a ceremony")
    clerk.fill("Title in English", title)
    begins = datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(hours=1)
    clerk.fill("Begins", f"{begins:%Y-%m-%dT%H:%M}")
    clerk.press("Plan it")
    clerk.told("The list is empty")


def add(clerk: Visitor, status: str) -> str:
    """The first open contract of this status: its title."""
    rows = clerk.page.get_by_role("row").filter(has=clerk.page.locator(f".st-{status}"))
    row = rows.filter(has=clerk.page.locator("[data-open]")).first
    title = row.locator("[data-title]").inner_text()
    row.get_by_role("button").click()
    clerk.look()
    clerk.told("It is on the list and under embargo")
    return title


def take_off(page: Page, number: int) -> None:
    """Asks first; then its contract counts without a press."""
    page.get_by_role("link", name=f"Remove number {number}").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator(".alert-danger")).to_be_visible()
    page.get_by_role("checkbox", name="Yes, it may count in public without a press").check()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("status").first).to_contain_text("It is off the list, and no longer under embargo.")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_board_moves_with_the_press_and_back_with_undo(visitor, width):
    clerk, hall = visitor(width=width), visitor(width=width)
    clerk.sign_in("clerk")
    hall.open("/board")
    before = count_of(hall)
    faults = in_order(hall)
    plan(clerk, f"Opening show at {width}")
    faults += in_order(clerk)
    clerk.page.get_by_role("main").get_by_role("link", name="Add contracts").first.click()
    faults += in_order(clerk)
    title = add(clerk, "verified")
    add(clerk, "signed")
    expect(hall.page.locator("[data-text=count]")).to_have_text(str(before - 1), timeout=SECONDS)
    expect(hall.page.locator("body")).not_to_contain_text(title)

    clerk.link("Run list")
    faults += in_order(clerk)
    clerk.press("Start the ceremony")
    clerk.page.keyboard.press("n")
    expect(clerk.page.get_by_role("heading", name="Now: number 1")).to_be_visible()
    faults += in_order(clerk)
    assert count_of(hall) == before - 1
    clerk.page.keyboard.press("s")
    expect(hall.page.locator("[data-text=count]")).to_have_text(str(before), timeout=SECONDS)
    expect(hall.page.locator("[data-last]")).to_contain_text(title)
    faults += in_order(hall) + in_order(clerk)
    expect(clerk.page.locator("[data-seconds]")).to_be_visible()
    clerk.page.keyboard.press("u")
    expect(hall.page.locator("[data-text=count]")).to_have_text(str(before - 1), timeout=SECONDS)
    expect(hall.page.locator("body")).not_to_contain_text(title)

    clerk.page.keyboard.press("p")
    expect(clerk.page.locator(".st-on-postponed")).to_have_count(1)
    clerk.link("Beside the stage")
    faults += in_order(clerk)
    clerk.page.keyboard.press("n")
    expect(clerk.page.get_by_role("heading", name="Now: number 2")).to_be_visible()
    clerk.told("Not verified yet: it may be signed on stage, and counts when it has been verified.")
    clerk.press("Take the call back")
    clerk.link("Run list")
    clerk.link("Press sheet")
    faults += in_order(clerk)
    clerk.page.go_back()
    take_off(clerk.page, 2)
    take_off(clerk.page, 1)
    expect(hall.page.locator("[data-text=count]")).to_have_text(str(before), timeout=SECONDS)
    complaints = [each for each in clerk.complaints.found if "422" not in each]  # the removal that was not confirmed
    assert faults + clerk.wide + complaints + hall.complaints.found == []


def test_the_list_is_pressed_without_a_script(browser, server, visitor):
    clerk = visitor()
    clerk.sign_in("clerk")
    plan(clerk, "Without a script")
    address = clerk.page.url
    clerk.page.get_by_role("main").get_by_role("link", name="Add contracts").first.click()
    add(clerk, "verified")
    context = browser.new_context(base_url=server.url, java_script_enabled=False, storage_state=clerk.context.storage_state())
    page = context.new_page()
    page.goto(address)
    for button in ("Start the ceremony", "Call number 1", "Signed", "Undo number 1", "Signed"):
        page.get_by_role("button", name=re.compile(f"^{button}")).click()
    expect(page.locator(".st-on-signed")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Undo number 1")).click()
    expect(page.get_by_role("heading", name="Now: number 1")).to_be_visible()
    take_off(page, 1)
    context.close()


def test_the_board_stays_calm_when_the_network_drops(visitor):
    hall = visitor()
    hall.open("/board")
    shown = hall.page.locator("[data-text=number]").inner_text()
    expect(hall.page.locator("[data-heard]")).to_be_hidden()
    hall.context.set_offline(True)
    expect(hall.page.locator("[data-heard]")).to_contain_text(re.compile(r"Last heard at \d\d:\d\d"), timeout=SECONDS)
    assert hall.page.locator("[data-text=number]").inner_text() == shown
    assert sideways(hall.page) <= 0
    assert axe(hall.page) == []
    hall.context.set_offline(False)
    expect(hall.page.locator("[data-heard]")).to_be_hidden(timeout=SECONDS)
