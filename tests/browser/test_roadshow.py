"""A pitch slot with a price, by clicks: made by a manager, booked by an agency, paid on the payment page, confirmed by the webhook."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.browser.visitor import Visitor

TITLE = "New materials, afternoon"


def manager_makes_a_session(visitor: Visitor) -> None:
    visitor.menu("Programme")
    visitor.link("Places")
    visitor.link("New place")
    visitor.choose("Kind", "hall")
    visitor.fill("Name in English", "North hall")
    visitor.fill("Name in Chinese", "北厅")
    visitor.fill("Room for how many people", "80")
    visitor.press("Add the place")
    visitor.menu("Programme")
    visitor.link("New session")
    day = (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=1)).date().isoformat()
    visitor.fill("Title in English", TITLE)
    visitor.fill("Begins", f"{day}T14:00")
    visitor.fill("Ends", f"{day}T16:00")
    visitor.fill("Room for how many people", "60")
    visitor.fill("Number of pitch slots", "4")
    visitor.fill("Price of a slot", "300")
    visitor.choose("Currency", "CNY")
    visitor.press("Put it into the programme")
    expect(visitor.page.get_by_role("main")).to_contain_text("¥300.00")


def agency_books(visitor: Visitor) -> None:
    """Leads to the payment page of the Stripe sandbox."""
    visitor.menu("Roadshow")
    visitor.follow(TITLE)
    visitor.press("Hold the slot and pay")


def test_a_pitch_is_booked_and_paid(visitor, server):
    manager, agency = visitor(), visitor()
    manager.sign_in("manager")
    agency.sign_in("agency")
    manager_makes_a_session(manager)
    agency_books(agency)

    expect(agency.page).not_to_have_url(re.compile(re.escape(server.url)))
    expect(agency.page.get_by_role("main")).to_contain_text("300")
    agency.page.get_by_role("button", name="Pay", exact=True).click()
    link = agency.page.get_by_role("link", name="Continue")
    if link.count():
        link.click()
    expect(agency.page).to_have_url(re.compile(re.escape(server.url)))
    expect(agency.page.locator("[data-status=paid]")).to_be_visible(timeout=20_000)
    agency.told("Paid and confirmed.")

    manager.menu("Roadshow")
    manager.follow(TITLE)
    organization = agency.page.locator("header .who span").inner_text()
    expect(manager.page.get_by_role("row").nth(1)).to_contain_text(organization)
    manager.menu("Fees")
    expect(manager.page.locator("[data-status=paid]")).to_have_count(1)
    assert manager.complaints.found == agency.complaints.found == []
    assert manager.wide == agency.wide == []
