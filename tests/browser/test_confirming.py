"""Both sides confirm, a difference is settled, a second person verifies, everybody checks the code: by clicks, wide and on a phone."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from config import ROOT
from tests.browser.looking import WIDTHS, axe

FACTS = ("Title", "Parties", "Kind", "Total amount", "Technology amount", "Currency", "Date signed")


def fact_of(visitor, name):
    return visitor.page.get_by_role("group", name=name, exact=True)


def says(visitor, *, name, position, correcting=None, allowing=()):
    """Answer the seven facts on the page that is open."""
    for fact in FACTS:
        word = "Not right" if correcting and fact == correcting[0] else "Right"
        fact_of(visitor, fact).get_by_role("radio", name=word, exact=True).check()
    if correcting:
        fact_of(visitor, correcting[0]).get_by_label("It should be", exact=True).fill(correcting[1])
    for what in allowing:
        visitor.page.get_by_role("checkbox", name=what, exact=True).check()
    visitor.fill("Your name", name)
    visitor.fill("Your position", position)
    assert axe(visitor.page) == []
    visitor.press("Send the answer")


def find(visitor, title):
    """From the list of contracts to this one."""
    visitor.menu("Contracts")
    row = visitor.page.get_by_role("row").filter(has_text=title).first
    row.get_by_role("link").first.click()
    visitor.look()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("width", WIDTHS[:2], ids=["wide", "phone"])
def test_both_sides_confirm_and_everybody_may_check(visitor, server, width):
    title = f"Licence for seaweed drying, {width}"
    subprocess.run([sys.executable, "-m", "tests.browser.signing", title], cwd=ROOT, env=server.environ, check=True)
    people = {role: visitor(width=width) for role in ("agency", "clerk", "verifier")}
    for role, person in people.items():
        person.sign_in(role)
    agency, clerk, verifier = people.values()
    stranger, director = visitor(width=width), visitor(width=width)

    # 4.3 (5) the clerk asks both sides, and reads B's link to somebody without an account
    find(clerk, title)
    clerk.told("Neither side has been asked yet.")
    clerk.link("Ask both sides")
    clerk.press("Ask")
    link = clerk.page.get_by_label("Link for Party B, recipient").input_value()
    assert axe(clerk.page) == []

    # 4.1 (8) the agency confirms from its day page
    agency.open()
    agency.link("Contracts to confirm")
    row = agency.page.get_by_role("row").filter(has_text=title)
    row.get_by_role("link", name="Check and confirm").click()
    agency.look()
    says(agency, name="Lin Mei", position="Licensing manager", allowing=("The title", "The names of the parties"))
    agency.told("Thank you: your answer is at the contract desk.")

    # 4.2 (8) the company's director opens the one-time link, and corrects one fact
    path = "/confirm/" + link.rsplit("/", 1)[1]
    director.open(path)
    director.told("Are these seven facts right?")
    expect(fact_of(director, "Technology amount").get_by_label("It should be", exact=True)).to_be_hidden()
    says(director, name="Zhao Lei", position="Director", correcting=("Technology amount", "42万"), allowing=("The title",))
    director.told("Thank you: the desk sees what differs")
    director.open(path)
    director.told("This link is closed")

    # 4.3 (6) the verifier sees three columns with the difference marked, and cannot verify yet
    verifier.open()
    verifier.link("Mismatches")
    verifier.told("¥60,000.00 less than the clerk") if width > 640 else None
    case = verifier.page.get_by_role("article").filter(has_text=title)
    assert axe(verifier.page) == []
    case.get_by_role("link").first.click()
    verifier.look()
    verifier.told("One fact differs. Settle it, then verify.")
    cell = verifier.page.locator("td.diff").first
    assert cell.get_attribute("data-note") == "≠ ¥60,000.00 less than the clerk"
    assert "signed-page.pdf" in verifier.page.get_by_role("main").inner_text()
    assert axe(verifier.page) == []
    verifier.told("It cannot be verified yet: a party says that a fact is otherwise.")
    expect(verifier.page.get_by_role("button", name="Verify", exact=True)).to_have_count(0)

    # settled by a note; then the second person verifies
    clerk.open()
    clerk.link("Mismatches")
    case = clerk.page.get_by_role("article").filter(has_text=title)
    case.get_by_text("Settle by a note").first.click()
    case.get_by_label("Why the entry stands").fill("B left the training out; both agreed by phone that it belongs to it.")
    case.get_by_role("button", name="The entry stands").click()
    clerk.told("Settled: the entry stands, and your note says why.")
    find(verifier, title)
    verifier.press("Verify")
    verifier.told("Verified: the fair total counts it.")
    code = verifier.page.get_by_role("main").locator(".vcode").first.inner_text()
    expect(verifier.page.get_by_role("img", name=re.compile("QR code of"))).to_be_visible()
    verifier.link("Certificate to print")
    verifier.told("Certificate of a verified contract")
    assert axe(verifier.page) == []

    # everybody checks the code: the title, which both allowed; no names, which one did not; no amount
    stranger.open("/verify")
    stranger.fill("Verification code", code.lower().replace("-", " "))
    stranger.press("Check it")
    stranger.told("This contract is verified")
    shown = stranger.page.get_by_role("main").inner_text()
    assert title in shown
    assert "1,200,000" not in shown
    assert "Recipient" not in shown
    assert axe(stranger.page) == []
    stranger.link("Check another code")
    stranger.fill("Verification code", code[:-1] + ("3" if code[-1] != "3" else "4"))
    stranger.press("Check it")
    stranger.told("a sign is wrong, missing or too many")

    everybody = [stranger, director, *people.values()]
    faults = sorted({line for person in everybody for line in (*person.complaints.found, *person.wide)})
    wanted = [line for line in faults if "422" not in line and "409" not in line and "410" not in line]
    assert not wanted, "\n".join(wanted)
