"""Choosing: by hand and by the ranking, the waiting list, rejection; and who is told what, once."""

import pytest

from marketplace.core.db import db
from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.payments.till import PaymentOff
from marketplace.roadshow import pitching
from marketplace.roadshow.calls import calling, ranking, selecting, telling
from marketplace.roadshow.calls.models import Application, Status
from tests.factories import actor, make_fair, make_member, make_organization, make_staff
from tests.roadshow.calls.factories_calls import do, make_application, make_call
from tests.roadshow.factories_roadshow import make_achievement, make_session


@pytest.fixture
def call(app):
    return make_call(make_fair(current=True), places=2)


@pytest.fixture
def manager(call):
    return actor(make_staff(calling.fairs.get(call.fair_id)))


def states(call):
    """The states in the order of the ranking."""
    query, keys = ranking.ranked(call)
    return [row.Application.status.value for row in db.session.execute(query.order_by(*keys))]


def test_the_ranking_goes_by_mean_then_reviews_then_spread_then_time(call):
    standing = [(4000, 2, 500), (4500, 1, 0), (4000, 3, 900), (0, 0, 0), (4000, 2, 400), (4000, 2, 500)]
    made = [make_application(call, mean=mean, reviews=reviews, spread=spread) for mean, reviews, spread in standing]
    make_application(call, status=Status.WITHDRAWN, mean=5000, reviews=9)
    query, keys = ranking.ranked(call)
    rows = list(db.session.execute(query.order_by(*keys)))
    assert [made.index(row.Application) for row in rows] == [1, 2, 4, 0, 5, 3]
    assert [row.place for row in rows] == [1, 2, 3, 4, 5, 6]
    made[2].status = Status.SELECTED
    db.session.commit()
    only, keys = ranking.ranked(call, Status.SELECTED)
    assert [row.place for row in db.session.execute(only.order_by(*keys))] == [2], "a filter leaves the places as they are"


def test_the_first_are_chosen_the_next_wait_and_the_rest_are_rejected(call, manager):
    for mean in (4000, 3000, 5000, 2000, 1000):
        make_application(call, mean=mean, reviews=1)
    assert do(selecting.select_first, call.fair_id, 2, by=manager) == 2
    assert do(selecting.wait_first, call.fair_id, 2, by=manager) == 2
    assert do(selecting.reject_rest, call.fair_id, "Too early.", by=manager) == 1
    assert states(call) == ["selected", "selected", "waiting", "waiting", "rejected"]
    waiting = db.session.query(Application).filter_by(status=Status.WAITING).order_by(Application.waiting_number)
    assert [(each.waiting_number, each.mean) for each in waiting] == [(1, 3000), (2, 2000)]
    with pytest.raises(Invalid) as refused:
        do(selecting.select_first, call.fair_id, 1, by=manager) or do(selecting.decide, call.fair_id, [waiting[0].id], Status.SELECTED, by=manager)
    assert refused.value.errors[0].code == "places_left"
    found = ranking.overview(call)
    assert (found.left, found.untold, found.by_status[Status.WAITING]) == (0, 5, 2)


def test_a_decision_is_made_of_all_or_none_and_says_why_it_rejects(call, manager):
    one, two, foreign = make_application(call), make_application(call), make_application(make_call(make_fair()))
    with pytest.raises(NotFound):
        do(selecting.decide, call.fair_id, [one.id, foreign.id], Status.SELECTED, by=manager)
    with pytest.raises(Invalid):
        do(selecting.decide, call.fair_id, [one.id], Status.REJECTED, by=manager)
    with pytest.raises(Invalid):
        do(selecting.decide, call.fair_id, [one.id], Status.WITHDRAWN, by=manager)
    for stranger in (actor(make_member()), actor(make_staff(make_fair())), actor(make_staff(calling.fairs.get(call.fair_id), "moderator"))):
        with pytest.raises(Forbidden):
            do(selecting.decide, call.fair_id, [one.id], Status.SELECTED, by=stranger)
    assert states(call) == ["submitted", "submitted"]
    assert do(selecting.decide, call.fair_id, [one.id, two.id, one.id], Status.REJECTED, reason="Too early.", by=manager) == 2
    assert do(selecting.decide, call.fair_id, [one.id], Status.SUBMITTED, by=manager) == 1
    assert (one.reason, two.reason) == (None, "Too early.")
    gone = make_application(call, status=Status.WITHDRAWN)
    with pytest.raises(IllegalMove):
        do(selecting.decide, call.fair_id, [gone.id], Status.SELECTED, by=manager)


def test_all_are_told_at_once_each_in_their_language_and_once(call, manager):
    people = [make_member(organization := make_organization(), language=language) and (organization, language) for language in ("en", "zh", "en")]
    made = [make_application(call, organization=organization, title_en=f"Title {n}") for n, (organization, _) in enumerate(people)]
    do(selecting.decide, call.fair_id, [made[0].id], Status.SELECTED, by=manager)
    do(selecting.decide, call.fair_id, [made[1].id], Status.WAITING, by=manager)
    do(selecting.decide, call.fair_id, [made[2].id], Status.REJECTED, reason="CANARY-REASON", by=manager)
    before = len(OUTBOX_SEEN)
    assert [each.application.status.value for each in telling.waiting(call)] == ["selected", "waiting", "rejected"]
    assert do(telling.tell, call.fair_id, by=manager) == 3
    assert do(telling.tell, call.fair_id, by=manager) == 0
    sweep()
    texts = [mail.get_content() for mail in OUTBOX_SEEN[before:]]
    assert len(texts) == 3
    assert [("CANARY-REASON" in text, str(made[2].id) in text) for text in texts].count((True, True)) == 1
    with pytest.raises(selecting.ToldAlready):
        do(selecting.decide, call.fair_id, [made[0].id], Status.SUBMITTED, by=manager)
    do(selecting.decide, call.fair_id, [made[1].id], Status.SELECTED, by=manager)
    assert do(telling.tell, call.fair_id, by=manager) == 1, "who comes off the waiting list hears of it"


def test_free_slots_wait_for_whom_the_call_chooses(call):
    fair, organization = calling.fairs.get(call.fair_id), make_organization()
    session, priced = make_session(fair), make_session(fair, price_minor=50_000, currency="CNY")
    achievement, by = make_achievement(fair, organization), actor(make_member(organization), organization)
    applied = make_application(call)
    for status in (Status.SUBMITTED, Status.SELECTED):
        applied.status = status
        db.session.commit()
        with pytest.raises(pitching.CallFirst):
            do(pitching.book, session.id, achievement_id=achievement.id, by=by)
    with pytest.raises(PaymentOff):  # the call keeps no slot that has a price
        do(pitching.book, priced.id, achievement_id=achievement.id, by=by)
    applied.status = Status.WITHDRAWN
    db.session.commit()
    assert do(pitching.book, session.id, achievement_id=achievement.id, by=by).position == 1
