"""The end of a fair's day by clicks: a figure for the minister and the press, then the close with two people; wide and narrow."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looking import WIDTHS, axe, sideways

HASH = re.compile(r"[0-9a-f]{64}")


def in_order(person) -> list[str]:
    """What is wrong with the page at both widths."""
    faults, size = [], person.page.viewport_size
    for width in WIDTHS:
        person.page.set_viewport_size({"width": width, "height": 900})
        if (much := sideways(person.page)) > 0:
            faults.append(f"{person.page.url}: {much} px too wide at {width}")
        faults += [f"at {width}: {line}" for line in axe(person.page)]
    person.page.set_viewport_size(size)
    return faults


def exact_total(page) -> str:
    return page.locator("[data-total-minor]").first.get_attribute("data-total-minor")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_figure_for_the_minister_and_the_press(visitor, width):
    """Job 4.3 (7): choose the scope, look at what is published, freeze it, copy the sentence in two languages."""
    verifier, stranger = visitor(width=width), visitor(width=width)
    verifier.context.grant_permissions(["clipboard-read", "clipboard-write"])
    verifier.sign_in("verifier")
    verifier.menu("Figures")
    verifier.link("Publish a figure")
    expect(verifier.page.get_by_role("heading", name="This is what is published")).to_be_visible()
    faults = in_order(verifier)
    total, publish = exact_total(verifier.page), verifier.page.get_by_role("button", name="Publish this for ever")
    if publish.count():
        publish.click()
    else:  # the other width published this state already, and gets the same figure
        verifier.page.get_by_role("alert").or_(verifier.page.locator(".alert")).get_by_role("link").first.click()
    verifier.look()
    code = verifier.page.locator("main .ref").first.inner_text()
    assert re.fullmatch(r"F-[2-9A-Z]{4}-[2-9A-Z]{4}", code)
    assert exact_total(verifier.page) == total
    verifier.page.get_by_role("button", name="Copy the sentence").first.click()
    expect(verifier.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = verifier.page.evaluate("navigator.clipboard.readText()")
    assert code in copied
    assert copied in verifier.page.get_by_role("main").inner_text().replace("\n", " ") or copied.startswith(("By ", "Sample data"))
    stranger.open("/figures")
    stranger.follow(code)
    assert exact_total(stranger.page) == total
    expect(stranger.page.get_by_role("main")).to_contain_text("截至")
    expect(stranger.page.get_by_role("img", name="QR code of")).to_be_visible()
    faults += in_order(stranger)
    verifier.link("All lines, for the staff")
    faults += in_order(verifier)
    faults += [*verifier.complaints.found, *stranger.complaints.found, *verifier.wide, *stranger.wide]
    assert not faults, "\n".join(faults)


@pytest.mark.timeout(600)
def test_the_day_is_closed_by_two_people(visitor):
    """Job 4.3 (8): open items down to zero or carried over with a reason, two sign-offs on one report, locked, the day's report.

    A day is closed once: one signs on a wide screen, the other on a phone."""
    manager, verifier = (visitor(width=width) for width in WIDTHS)
    manager.sign_in("manager")
    verifier.sign_in("verifier")
    manager.menu("Close of day")
    faults = in_order(manager)
    manager.link("Close this day")
    day = manager.page.url.rsplit("/", 1)[1]
    reasons = manager.page.locator("input[name$='-reason']")
    if reasons.count():
        expect(manager.page.get_by_role("main")).to_contain_text("Nobody can sign yet")
        for each in reasons.all():
            each.fill("The other side answers tomorrow")
        faults += in_order(manager)
        manager.press("Save the reasons")
    seen = HASH.search(manager.page.content())[0]
    manager.press("Sign first")
    expect(manager.page.get_by_role("button", name="Sign second and lock the day")).to_have_count(0)
    manager.press("Take the signature back")
    assert HASH.search(manager.page.content())[0] == seen
    manager.press("Sign first")
    verifier.menu("Close of day")
    verifier.link("Close this day")
    assert HASH.search(verifier.page.content())[0] == seen
    faults += in_order(verifier)
    verifier.press("Sign second and lock the day")
    expect(verifier.page.get_by_role("heading", name="Signed and locked")).to_be_visible()
    faults += in_order(verifier)
    closing = verifier.page.locator("[data-closing-minor]").first.get_attribute("data-closing-minor")
    verifier.page.get_by_role("main").get_by_role("link", name=re.compile("^F-")).click()
    verifier.look()
    assert int(exact_total(verifier.page)) <= int(closing)
    manager.menu("Close of day")
    expect(manager.page.get_by_role("main").get_by_role("table")).to_be_visible()
    assert manager.page.locator(f"a[href$='/{day}']").count() == 1
    faults += [*manager.complaints.found, *verifier.complaints.found, *manager.wide, *verifier.wide]
    assert not faults, "\n".join(faults)
