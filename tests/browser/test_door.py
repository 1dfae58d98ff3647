"""The door of a pitch on a phone: one tap, and the presenter opens the talk; a stranger leaves a contact."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.looking import axe

PHONE = 390


def test_interest_at_the_door_becomes_a_talk(visitor):
    agency, company, stranger = visitor(width=PHONE), visitor(width=PHONE), visitor(width=PHONE)
    agency.sign_in("agency")
    agency.menu("Roadshow")
    agency.link("My pitches")
    agency.link("Open")
    title = agency.page.locator("h1").inner_text()
    door = urlsplit(agency.page.locator("a[href*='/door/']").first.get_attribute("href") or "").path

    company.sign_in("company")
    company.open(door)  # as a scanned code does
    expect(company.page.locator("h1")).to_have_text(title)
    assert axe(company.page) == []
    company.press("I am interested")
    company.told("Noted. The presenter gets your contact.")
    name = company.page.locator("header .who").inner_text().split("\n")[0]

    stranger.open(door)
    assert axe(stranger.page) == []
    stranger.fill("Name", "Ada of the train")
    stranger.fill("Mail address", "ada@example.org")
    stranger.page.get_by_label("The presenter may have this and write to me.").check()
    stranger.press("I am interested")
    stranger.told("Noted. The presenter gets your contact.")

    agency.page.reload()
    agency.look()
    main = agency.page.get_by_role("main")
    expect(main).to_contain_text(name)
    expect(main).to_contain_text("ada@example.org")
    main.get_by_role("row").filter(has_text=name).get_by_role("button", name="Open a talk").click()
    agency.told("The talk is open. You find it among your negotiations; they have been told.")
    assert axe(agency.page) == []
    company.page.reload()
    company.link("To the talk")
    expect(company.page.get_by_role("main")).to_contain_text(title)
    for each in (agency, company, stranger):
        assert each.complaints.found == each.wide == []
