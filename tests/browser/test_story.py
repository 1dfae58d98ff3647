"""A deal from need to total by clicks alone, every role with a browser of its own: in English, and in Chinese on a phone."""

import pytest

from tests.browser import story
from tests.browser.looking import HELD_TEXTS, WIDTHS

ROLES = ("agency", "company", "moderator", "clerk", "verifier")


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("language", "width", "typed"), [("en", WIDTHS[0], story.ENGLISH), ("zh", WIDTHS[1], story.CHINESE)], ids=["english", "chinese"])
def test_a_deal_from_need_to_total(visitor, server, tmp_path, language, width, typed):
    names = frozenset(server.names() | set(HELD_TEXTS))
    stranger = visitor(language=language, width=width, names=names)
    value, contracts = story.total(stranger)
    people = {role: visitor(language=language, width=width, names=names) for role in ROLES}
    for role, person in people.items():
        person.sign_in(role)
    agency, company, moderator, clerk, verifier = people.values()

    story.agency_writes(agency, typed)
    story.moderator_publishes(moderator, typed.achievement)
    story.company_posts(company, typed)
    story.moderator_publishes(moderator, typed.need)
    story.company_asks(company, typed)
    story.agency_answers(agency, typed)
    story.company_counters(company, typed)
    story.agency_agrees(agency, typed)
    story.company_hands_over(company, typed)
    story.clerk_logs(clerk, typed, tmp_path)
    assert story.total(stranger) == (value, contracts)
    story.verifier_verifies(verifier, typed)
    assert story.total(stranger) == (value + story.VALUE_MINOR, contracts + 1)

    everybody = [stranger, *people.values()]
    faults = sorted({line for person in everybody for line in (*person.complaints.found, *person.wide, *person.left)})
    assert not faults, "\n".join(faults)
