"""The call for pitches by hand: points by the keyboard, a pitch dragged onto a slot, dragged onto another one's, and taken back."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.visitor import Visitor


def references(visitor: Visitor, within: str) -> list[str]:
    return visitor.page.locator(f"{within} .ref").all_inner_texts()


def undo(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name=re.compile("Take back")).click()
    expect(visitor.page.get_by_role("status")).to_contain_text("Taken back")


def drag(visitor: Visitor, card: Locator, slot: Locator, said: str) -> None:
    """Drag until the page says so: a browser that is short of time may drop a movement of the mouse, and nothing is sent."""
    for _ in range(3):
        card.drag_to(slot)
        try:
            expect(visitor.page.get_by_role("status").filter(has_text=said)).to_be_visible()
        except AssertionError:
            continue
        return
    raise AssertionError(f"the page never said {said!r}")


def test_a_reviewer_scores_by_the_keyboard(visitor):
    reviewer = visitor()
    reviewer.sign_in("verifier")
    reviewer.menu("Roadshow")
    reviewer.link("Call for pitches")
    reviewer.link("Score the applications")
    reviewer.page.keyboard.press("n")
    expect(reviewer.page).to_have_url(re.compile(r"/score$"))
    reviewer.page.wait_for_load_state()  # the address changes before the page's script is there
    first = reviewer.page.url
    for key in "453":
        reviewer.page.keyboard.press(key)
    checked = reviewer.page.locator("input[type=radio]:checked")
    assert [each.get_attribute("value") for each in checked.all()] == ["4", "5", "3"]
    reviewer.page.keyboard.press("s")
    expect(reviewer.page).not_to_have_url(first)
    reviewer.open(f"{re.sub(r'https?://[^/]+', '', first)}")
    expect(reviewer.page.locator("input[type=radio]:checked")).to_have_count(3)
    assert reviewer.complaints.found == reviewer.wide == []


def test_a_pitch_is_dragged_onto_slots_and_back(visitor):
    manager = visitor()
    manager.sign_in("manager")
    manager.open("/staff/roadshow/timetable")
    page, waiting = manager.page, references(manager, ".unplaced")
    slots = page.locator(".slot.free")
    drag(manager, page.locator("[data-what^='application:']").first, slots.first, f"{waiting[0]} is in slot")
    assert waiting[0] not in references(manager, ".unplaced")
    drag(manager, page.locator("[data-what^='application:']").first, slots.last, f"{waiting[1]} is in slot")
    placed = references(manager, ".slot")
    one, other = (page.locator("[data-what^='pitch:']").filter(has_text=reference) for reference in waiting[:2])
    drag(manager, one, other, f"{waiting[0]} is in slot")
    swapped = {waiting[0]: waiting[1], waiting[1]: waiting[0]}
    assert references(manager, ".slot") == [swapped.get(each, each) for each in placed]
    for _ in range(3):
        undo(manager)
    assert references(manager, ".unplaced") == waiting
    assert manager.complaints.found == manager.wide == []
