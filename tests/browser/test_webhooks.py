"""An owner names an address of a program, tries it, and sends a message again: by clicks, in Chinese on a phone."""

from playwright.sync_api import expect

from tests.browser.looking import axe
from tests.webhooks.receiving import receiving


def test_an_owner_tries_an_address(visitor):
    owner = visitor(language="zh", width=390)
    with receiving() as receiver:
        owner.sign_in("agency")
        owner.menu("My organisation")
        owner.link("Webhooks")
        owner.link("Name an address")
        owner.fill("Address", receiver.url)
        owner.press("Save")
        expect(owner.page.locator("[data-secret]")).to_contain_text("whsec_")
        faults = axe(owner.page)
        owner.press("Send a test")
        chip = owner.page.locator("main .st")
        for _ in range(40):
            if owner.text("delivered") in chip.inner_text():
                break
            owner.page.wait_for_timeout(250)
            owner.page.reload()
        expect(chip).to_contain_text(owner.text("delivered"))
        owner.look()
        faults += axe(owner.page)
        owner.press("Send again")
        for _ in range(40):
            if len(receiver.came) == 2:
                break
            owner.page.wait_for_timeout(250)
        assert [headers["webhook-id"] for headers, _ in receiver.came] == [receiver.came[0][0]["webhook-id"]] * 2
        owner.page.goto("/organization/webhooks")
        owner.follow(receiver.url)
        owner.link("Edit the address")
        faults += axe(owner.page)
        owner.press("Delete this address")
    assert faults + owner.complaints.found + owner.wide == []
