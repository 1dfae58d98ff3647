"""A meeting is written down on a phone: one screen, a few taps, nothing lost without a connection, and the other side reads no notes."""

from playwright.sync_api import expect

from tests.browser.looking import axe
from tests.browser.visitor import Visitor

PHONE = 390
FINGER = 40
"""Pixels that a finger needs."""
NOTES = "CANARY: they would pay more"


def agency_opens_the_note(visitor: Visitor) -> None:
    visitor.page.get_by_role("main").get_by_role("link", name=visitor.text("Meetings to write down")).click()
    visitor.look()
    visitor.link("Write it down")


def everything_is_on_one_screen(visitor: Visitor) -> None:
    page, height = visitor.page, visitor.page.viewport_size["height"]
    for selector in (".taps .tap", ".fills .tag:first-child", "#f-next_step", "#f-notes", ".sticky-acts .btn-primary"):
        for each in page.locator(selector).all():
            box = each.bounding_box()
            assert box is not None, selector
            assert box["y"] < height - FINGER, f"{selector} is below the first screen"
            assert box["height"] >= FINGER - 4, f"{selector} is too small for a finger"


def tap(visitor: Visitor, english_text: str) -> None:
    visitor.page.locator(".tap", has_text=visitor.text(english_text)).first.click()


def test_a_meeting_is_written_down_on_a_phone_even_without_a_connection(visitor):
    agency, company = visitor(width=PHONE), visitor(width=PHONE)
    agency.sign_in("agency")
    agency_opens_the_note(agency)
    everything_is_on_one_screen(agency)
    assert axe(agency.page) == []
    address = agency.page.url

    tap(agency, "sample or test")
    agency.page.locator(".fills button", has_text=agency.text("Send a sample")).click()
    tap(agency, "1 week")
    agency.page.locator("#f-notes").fill(NOTES)
    expect(agency.page.locator("[data-typed]")).to_contain_text("kept for you")
    agency.page.goto(address)
    agency.link("Go on with it")
    expect(agency.page.locator("#f-notes")).to_have_value(NOTES)
    expect(agency.page.locator("#f-next_step")).to_have_value(agency.text("Send a sample"))

    agency.page.context.set_offline(True)
    agency.page.get_by_role("button", name=agency.text("Save it")).click()
    expect(agency.page.locator("[data-offline]")).to_contain_text("No connection")
    assert agency.page.locator("#f-notes").input_value() == NOTES
    agency.page.context.set_offline(False)
    agency.told("Written down.")

    company.sign_in("company")
    company.page.goto(address.replace("/note", "").split("?")[0])
    company.look()
    expect(company.page.get_by_role("main")).to_contain_text(company.text("sample or test"))
    expect(company.page.get_by_role("main")).to_contain_text("Send a sample")
    assert "CANARY" not in company.page.content()
    found = [line for line in agency.complaints.found + company.complaints.found if "ERR_INTERNET_DISCONNECTED" not in line]
    assert found == []
    assert agency.wide == company.wide == []
