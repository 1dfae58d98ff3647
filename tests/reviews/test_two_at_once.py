"""Two reviewers at the same moment: the database gives an entry to one. Without its key, both would read it."""

import pytest
from sqlalchemy import delete, func, select

from marketplace.core.db import db, transaction
from marketplace.reviews import claiming, deciding
from marketplace.reviews.models import ReviewClaim, ReviewDecision
from tests.at_once import own_app, rush
from tests.factories import actor, make_staff
from tests.listings.factories_listings import make_market, submitted

AT_ONCE = 6
assert own_app  # the fixture: an application with a database of its own, for threads that commit


@pytest.mark.timeout(120)
def test_each_of_those_who_take_at_once_gets_another_one_and_of_those_who_decide_one_wins(own_app, monkeypatch):
    """At the end the negative control: without the key that decides, several read the same one."""
    with transaction():
        market = make_market()
        ids = [submitted(market).id for _ in range(AT_ONCE - 1)]
        people = [actor(make_staff(market.fair, "moderator")) for _ in range(AT_ONCE)]
    db.session.remove()

    def taken():
        got = []
        answers = rush(own_app, [lambda by=by: got.append(claiming.take_next(by=by)) for by in people])
        assert answers == {"won": AT_ONCE}
        return got

    assert sorted(taken(), key=str) == sorted([*ids, None], key=str)
    assert db.session.scalar(select(func.count()).select_from(ReviewClaim)) == AT_ONCE - 1
    with transaction():
        db.session.execute(delete(ReviewClaim))
    db.session.remove()
    answers = rush(own_app, [lambda by=by: deciding.send_back(ids[0], reason="Who measured it?", by=by) for by in people])
    assert answers == {"won": 1, "409": AT_ONCE - 1}
    assert db.session.scalar(select(func.count()).select_from(ReviewDecision)) == 1
    db.session.remove()
    monkeypatch.setattr(claiming, "_claim", lambda _entry_id, _by: True)
    assert len(set(taken())) < AT_ONCE
