"""Mail is written in its reader's language, whatever the language of who caused it."""

import pytest

from marketplace.core.db import db
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.listings import deciding
from marketplace.negotiations import interest
from marketplace.organizations.models import Role
from tests.factories import make_member
from tests.listings.factories_listings import make_market, submitted
from tests.negotiations.factories_negotiations import asked, do, make_world
from tests.test_chinese_pages import english


def posted_to(person) -> list[tuple[str, str]]:
    """(subject, body) of each mail to this person."""
    sweep()
    sweep()
    return [(message["Subject"], message.get_content()) for message in OUTBOX_SEEN if message["To"] == person.email]


@pytest.mark.parametrize("decide", ["publish", "send_back"])
@pytest.mark.parametrize(("language", "left"), [("zh", False), ("en", True)])
def test_who_submitted_a_listing_is_told_in_their_language(app, decide, language, left):
    market = make_market()
    market.owner.language = language
    db.session.commit()
    entry = submitted(market)
    more = {} if decide == "publish" else {"reason": "请补充说明"}
    do(getattr(deciding, decide), entry.id, by=market.judge, **more)
    [(subject, body)] = posted_to(market.owner)
    assert bool(english(subject, [])) is left
    assert decide == "send_back" or bool(english(body, [])) is left


@pytest.mark.parametrize(("language", "left"), [("zh", False), ("en", True)])
def test_the_other_side_is_told_in_its_language(app, language, left):
    world = make_world()
    person = make_member(world.agency, Role.OWNER, language=language)
    thread = asked(world)
    do(interest.accept, thread.id, by=world.seller)
    [(subject, body)] = posted_to(person)
    assert bool(english(subject, [])) is left
    assert bool(english(body.replace("/negotiations/", "/"), [])) is left
