"""Mail is written in its reader's language, whatever the language of who caused it."""

import re
from datetime import timedelta

import pytest

from marketplace.accounts.models import Person
from marketplace.alerts import rules, tasks
from marketplace.core.clock import now, shifted
from marketplace.core.db import db
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.negotiations import interest
from marketplace.organizations.models import Role
from marketplace.reviews import deciding
from tests.alerts.conftest import house as house
from tests.alerts.conftest import sides as sides
from tests.alerts.factories_alerts import mails_to, work
from tests.factories import form_token, make_member
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
    assert bool(english(subject, ())) is left
    assert decide == "send_back" or bool(english(body, ())) is left


@pytest.mark.parametrize(("language", "left"), [("zh", False), ("en", True)])
def test_the_other_side_is_told_in_its_language(app, language, left):
    world = make_world()
    person = make_member(world.agency, Role.OWNER, language=language)
    thread = asked(world)
    do(interest.accept, thread.id, by=world.seller)
    [(subject, body)] = posted_to(person)
    assert bool(english(subject, ())) is left
    assert bool(english(body.replace("/negotiations/", "/"), ())) is left


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_registers_in_a_language_keeps_it(client, language):
    client.set_cookie("language", language)
    client.post("/register", data=form_token(client, "/register") | {"name": "Li Na", "email": "li.na@example.org"})
    sweep()
    [message] = OUTBOX_SEEN
    assert bool(english(message["Subject"], ())) is (language == "en")
    path = message.get_content().split("127.0.0.1:5000")[1].strip()
    client.post(path, data=form_token(client, path) | {"name": "Li Na", "password": "a fresh sentence 42"})
    assert db.session.query(Person).filter_by(email="li.na@example.org").one().language == language


@pytest.mark.parametrize(("language", "left"), [("zh", False), ("en", True)])
def test_what_is_new_is_told_in_the_language_of_who_reads_it(house, language, left):
    reader = make_member(house.company, Role.OWNER, language=language)
    house.save("q=激光&fair=any", person=reader, organization=house.company)
    house.hear("at_once", person=reader)
    house.achievements("激光焊接", "激光切割", "激光打标")
    house.need("激光焊接需求", title_zh="激光焊接需求")
    house.save("q=激光 切割&fair=any", person=reader, organization=house.company, frequency="daily")
    with shifted(timedelta(minutes=5)):
        house.achievement("激光切割机", title_zh="激光切割机")
        work()
    with shifted(rules.digest_due(now()) + timedelta(days=2) - now()):
        tasks.digest()
        work()
    found = mails_to(reader)
    assert len(found) >= 3
    for message in found:
        text = re.sub(r"https?://\S+", " ", message.get_content())
        assert bool(english(message["Subject"], ())) is left
        assert bool(english(text, ())) is left, text
