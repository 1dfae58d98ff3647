"""The job makes follow-ups when they are due and asks both sides, each once, each in its language."""

import re
from datetime import timedelta

import pytest
import time_machine

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, NotFound
from marketplace.followups import service
from marketplace.followups.models import FollowUpLink, Side
from marketplace.followups.service import IntentIsOver
from marketplace.ledger.models import Status
from tests.contracts.factories_contracts import make_contract
from tests.factories import actor, make_fair, make_person, make_staff
from tests.followups.factories_followups import NO_VALUE, Fairground, followups, mailed, run_job


@pytest.fixture
def ground(app):
    return Fairground(app)


@pytest.mark.parametrize(("days_ago", "made"), [(29, []), (30, [30]), (90, [30, 90]), (400, [30, 90, 180])])
def test_follow_ups_are_made_when_they_are_due(ground, days_ago, made):
    intent = ground.intent(days_ago)
    run_job()
    found = followups(intent)
    assert [each.days for each in found] == made
    assert [each.due_on for each in found] == [intent.signed_on + timedelta(days=days) for days in made]
    assert [each.asked_at is not None for each in found] == [False] * (len(made) - 1) + [True] * bool(made)


def test_running_the_job_again_changes_nothing(ground):
    intent = ground.intent(100)
    run_job()
    before, mails = [each.id for each in followups(intent)], len(mailed())
    run_job()
    assert [each.id for each in followups(intent)] == before
    assert len(mailed()) == mails


def test_the_next_horizon_asks_again(ground):
    start = now()
    intent = ground.intent(30)
    run_job()
    for later, days in ((59, [30]), (60, [30, 90]), (150, [30, 90, 180])):
        with time_machine.travel(start + timedelta(days=later), tick=False):
            run_job()
            assert [each.days for each in followups(intent)] == days
    assert all(each.asked_at is not None for each in followups(intent))


def test_an_intent_without_a_day_counts_from_its_declaration(ground):
    with time_machine.travel(now() - timedelta(days=30), tick=False):
        intent = ground.intent(signed_on=None)
    run_job()
    assert [each.days for each in followups(intent)] == [30]


def test_each_side_is_mailed_a_link_of_its_own_in_its_language(ground):
    ground.intent()
    run_job()
    found = {message["To"]: message for message in mailed()}
    assert set(found) == {ground.provider_owner.email, ground.recipient_owner.email}
    links = {to: re.findall(r"/followup/([\w-]{43})", message.get_content()) for to, message in found.items()}
    assert all(len(each) == 1 for each in links.values())
    assert links[ground.provider_owner.email] != links[ground.recipient_owner.email]
    assert "What became of" in found[ground.provider_owner.email]["Subject"]
    stored = {row.secret_hash for row in db.session.query(FollowUpLink)}
    assert stored.isdisjoint({secret for each in links.values() for secret in each})


@pytest.mark.parametrize("changes", [{"class": "contract", "total_amount": "5.00"}, {"class": "framework"}])
def test_only_intents_are_followed(ground, changes):
    ground.intent(**changes)
    run_job()
    assert followups() == []


def test_a_void_intent_is_not_followed(ground):
    make_contract(ground.desk, Status.VOID, **{"class": "intent", **NO_VALUE}, signed_on="2020-01-01")
    run_job()
    assert followups() == []


def test_nobody_is_asked_what_a_contract_tells_already(ground):
    intent = ground.intent(100)
    ground.contract(intent)
    run_job()
    assert [each.asked_at for each in followups(intent)] == [None, None]
    assert mailed() == []


def test_a_side_without_an_organisation_is_asked_by_the_desk(ground):
    parties = [{"role": "provider", "name": "Lab X", "country": "DE"}, {"role": "recipient", "name": "Works Y", "country": "CN"}]
    [followup] = (ground.intent(parties=parties), run_job(), followups())[-1]
    assert mailed() == []
    with transaction():
        secret = service.ask(followup.id, Side.PROVIDER, by=actor(ground.desk.clerk))
    assert service.opened(secret)[1].id == followup.id


def test_a_new_link_of_a_side_ends_the_older_one(ground):
    intent = ground.intent()
    run_job()
    [followup] = followups(intent)
    clerk = actor(ground.desk.clerk)
    with transaction():
        first, other = service.ask(followup.id, Side.PROVIDER, by=clerk), service.ask(followup.id, Side.RECIPIENT, by=clerk)
        second = service.ask(followup.id, Side.PROVIDER, by=clerk)
    for secret, works in ((first, False), (second, True), (other, True)):
        if works:
            service.opened(secret)
        else:
            with pytest.raises(service.Gone):
                service.opened(secret)


def test_only_the_desk_of_the_fair_hands_out_links(ground):
    intent = ground.intent()
    run_job()
    [followup] = followups(intent)
    with pytest.raises(Forbidden):
        service.ask(followup.id, Side.PROVIDER, by=actor(ground.desk.verifier))
    for stranger in (make_person(), ground.provider_owner, make_staff(make_fair(), "manager", "clerk")):
        with pytest.raises(NotFound):
            service.ask(followup.id, Side.PROVIDER, by=actor(stranger))


def test_no_link_is_made_for_a_void_intent(ground):
    from marketplace.contracts import service as contracts

    intent = ground.intent()
    run_job()
    [followup] = followups(intent)
    with transaction():
        contracts.void(intent.id, "logged by mistake", by=actor(ground.desk.clerk))
    with pytest.raises(IntentIsOver):
        service.ask(followup.id, Side.PROVIDER, by=actor(ground.desk.clerk))
