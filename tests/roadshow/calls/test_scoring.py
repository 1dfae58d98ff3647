"""Reviewing: who may score what, what the points make, and in which order one is led through."""

import pytest

from marketplace.accounts import erasing as accounts_erasing
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, Forbidden, Invalid, NotFound
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.roadshow.calls import calling, ranking, scoring
from marketplace.roadshow.calls.models import Application, Status
from tests.factories import actor, form_token, make_fair, make_member, make_organization, make_person, make_staff, sign_in
from tests.roadshow.calls.factories_calls import do, make_application, make_call, make_reviewer


@pytest.fixture
def call(app):
    return make_call(make_fair(current=True))


def points(call, *numbers):
    return {each.id: number for each, number in zip(calling.criteria(call.id), numbers, strict=True)}


def test_reviews_make_mean_and_spread_and_may_be_changed(call):
    application = make_application(call)
    one, two = actor(make_reviewer(call)), actor(make_reviewer(call))
    do(scoring.score, application.id, points=points(call, 4, 2), comment="CANARY-COMMENT", by=one)
    do(scoring.score, application.id, points=points(call, 5, 1), comment=None, by=two)
    assert (application.review_count, application.mean, application.spread) == (2, 3750, 500)
    do(scoring.score, application.id, points=points(call, 5, 5), comment=None, by=one)
    assert (application.review_count, application.mean, application.spread) == (2, 4500, 1000)
    review, given = scoring.own_review(application.id, by=one)
    assert (review.total, review.comment, sorted(given.values())) == (5000, None, [5, 5])
    assert [(name_points[2][0][1], name_points[0].total) for name_points in ranking.reviews_of(application.id)] == [(5, 4000), (5, 5000)]


def test_only_appointed_reviewers_score_and_never_for_their_own_organisation(call):
    organization = make_organization()
    application, colleague = make_application(call, organization=organization), make_member(organization)
    for person in (make_person(), make_member(), make_staff(make_fair())):
        with pytest.raises(NotFound):
            do(scoring.score, application.id, points=points(call, 3, 3), comment=None, by=actor(person))
    make_reviewer(call, colleague)
    with pytest.raises(scoring.OwnOrganization):
        do(scoring.score, application.id, points=points(call, 5, 5), comment=None, by=actor(colleague))
    assert (scoring.next_to_score(call.id, by=actor(colleague)), ranking.numbers_for_reviewer(call, by=actor(colleague))) == (None, (0, 0))
    elsewhere = make_reviewer(make_call(make_fair()))
    with pytest.raises(NotFound):
        do(scoring.score, application.id, points=points(call, 3, 3), comment=None, by=actor(elsewhere))
    assert db.session.get_one(Application, application.id).review_count == 0


@pytest.mark.parametrize("numbers", [{0: 3}, {0: 3, 1: 0}, {0: 6, 1: 3}, {0: 3, 1: 3, "foreign": 3}, {}])
def test_every_criterion_of_the_call_is_scored_with_one_to_five(call, numbers):
    application, criteria = make_application(call), calling.criteria(call.id)
    foreign = calling.criteria(make_call(make_fair()).id)[0].id
    given = {foreign if key == "foreign" else criteria[key].id: number for key, number in numbers.items()}
    with pytest.raises(Invalid):
        do(scoring.score, application.id, points=given, comment=None, by=actor(make_reviewer(call)))


def test_one_is_led_to_what_has_the_fewest_reviews(call):
    first, second, third = (make_application(call) for _ in range(3))
    gone = make_application(call, status=Status.WITHDRAWN)
    one, two = actor(make_reviewer(call)), actor(make_reviewer(call))
    do(scoring.score, first.id, points=points(call, 3, 3), comment=None, by=one)
    assert scoring.next_to_score(call.id, by=two) == second.id
    assert scoring.next_to_score(call.id, by=two, after=second.id) == third.id
    assert scoring.next_to_score(call.id, by=two, after=third.id) == first.id
    assert scoring.next_to_score(call.id, by=one, after=third.id) == second.id, "round again: skipped ones come back"
    assert ranking.numbers_for_reviewer(call, by=one) == (1, 2)
    assert [scoring.left_to_score(each) for each in (one, two, actor(make_person()))] == [2, 3, 0]
    with pytest.raises(NotFound):
        do(scoring.score, gone.id, points=points(call, 3, 3), comment=None, by=one)


def test_who_reviews_finds_it_on_the_day_page_and_nobody_else(client, call):
    make_application(call)
    reviewer, other = make_reviewer(call), make_person()
    for person, shown in ((reviewer, True), (other, False)):
        sign_in(client, person)
        assert ("Pitches to score" in client.get("/").text) is shown


def test_what_is_missing_is_named_where_it_is_missing(client, call):
    fair, application = call_fair(call), make_application(call)
    sign_in(client, make_staff(fair))
    page = f"/staff/roadshow/applications?fair={fair.slug}"
    refused = client.post(page, data=form_token(client, page) | {"status": "rejected"})
    assert (refused.status_code, "Tick the applications" in refused.text) == (422, True)
    sign_in(client, make_reviewer(call))
    page = f"/roadshow/applications/{application.id}/score"
    keys = {f"scores-{n}-criterion_id": str(each.id) for n, each in enumerate(calling.criteria(call.id))}
    refused = client.post(page, data=form_token(client, page) | keys)
    assert (refused.status_code, "Give each criterion" in refused.text) == (422, True)


def test_a_manager_appoints_and_dismisses_reviewers(call):
    manager, person = actor(make_staff(call_fair(call))), make_person(language="zh")
    do(calling.appoint, call.fair_id, person.email, by=manager)
    with pytest.raises(Duplicate):
        do(calling.appoint, call.fair_id, person.email, by=manager)
    with pytest.raises(Invalid):
        do(calling.appoint, call.fair_id, "nobody@example.org", by=manager)
    with pytest.raises(Forbidden):
        do(calling.appoint, call.fair_id, person.email, by=actor(make_member()))
    sweep()
    assert str(call.id) in [mail for mail in OUTBOX_SEEN if mail["To"] == person.email][-1].get_content()
    reviewer, _, scored = ranking.reviewers(call.id)[0]
    application = make_application(call)
    do(scoring.score, application.id, points=points(call, 3, 3), comment=None, by=actor(person))
    with pytest.raises(NotFound):
        do(calling.dismiss, reviewer.id, by=actor(make_staff(make_fair())))
    do(calling.dismiss, reviewer.id, by=manager)
    with pytest.raises(NotFound):
        do(scoring.score, application.id, points=points(call, 1, 1), comment=None, by=actor(person))
    assert (scored, application.mean, ranking.reviewers(call.id)) == (0, 3000, [])


def test_who_is_erased_reviews_no_more(call):
    person, application = make_reviewer(call), make_application(call)
    do(scoring.score, application.id, points=points(call, 3, 3), comment=None, by=actor(person))
    do(accounts_erasing.erase, person.id, by=None)
    assert (ranking.reviewers(call.id), application.review_count) == ([], 1)


def call_fair(call):
    return calling.fairs.get(call.fair_id)
