"""An event becomes one delivery for each endpoint, in its cause's transaction; it is tried until it is taken or given up."""

from datetime import timedelta
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import func, select

from marketplace.core import jobs
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, IllegalMove, Invalid
from marketplace.core.jobs import OutboxRow
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.listings import entering
from marketplace.listings import tasks as listing_tasks
from marketplace.listings.models import ListingVersion
from marketplace.reviews import deciding
from marketplace.webhooks import emit, emitting, rules, service, signing, tasks
from marketplace.webhooks.gateway import Answer
from marketplace.webhooks.models import Attempt, Delivery, Endpoint, Off, State
from tests.factories import actor, make_member, make_organization
from tests.listings.factories_listings import make_market, submitted
from tests.webhooks.conftest import do, named

REFUSED = Answer(status=503, body=b"busy\x00")
SLOW = Answer(fault="timeout", milliseconds=10_000, slow=True)


def tell(owner, event="listing.published", **more):
    listing_id = uuid4()
    do(emit, event, owner.organization_id, {"reference": "A-2020-000001", "id": listing_id, "path": f"/achievements/{listing_id}"}, **more)
    return listing_id


def deliveries():
    db.session.expire_all()
    return list(db.session.scalars(select(Delivery).order_by(Delivery.id)))


def pass_time(**span):
    with shifted(timedelta(**span)):
        jobs.sweep()
    db.session.expire_all()


def test_a_message_is_signed_and_holds_a_reference_and_an_address(owner, endpoint, elsewhere):
    listing_id = tell(owner)
    jobs.sweep()
    [(url, body, headers)] = elsewhere.sent
    [delivery] = deliveries()
    assert (url, delivery.state, delivery.tries, delivery.body) == (endpoint.url, State.DELIVERED, 1, body)
    found = orjson.loads(body)
    assert found == {
        "type": "listing.published", "id": str(delivery.event_id), "timestamp": found["timestamp"],
        "data": {"reference": "A-2020-000001", "id": str(listing_id), "address": f"http://127.0.0.1:5000/achievements/{listing_id}"},
    }  # fmt: skip
    stamp = int(headers["webhook-timestamp"])
    assert headers["webhook-id"] == str(delivery.event_id) and abs(now().timestamp() - stamp) < 60
    assert headers["webhook-signature"] == rules.signature(signing.secret_of(endpoint), str(delivery.event_id), timestamp=stamp, body=body)


def test_each_endpoint_that_wants_an_event_hears_it_once(owner, endpoint, elsewhere):
    named(owner, "https://other.example.org/", events=["listing.published"])
    named(owner, "https://deaf.example.org/", events=["listing.withdrawn"])
    off = named(owner, "https://off.example.org/")
    do(service.switch_off, off.id, by=owner)
    stranger = make_organization()
    named(actor(make_member(stranger), stranger), "https://stranger.example.org/")
    tell(owner)
    jobs.sweep()
    jobs.sweep()
    assert sorted(url for url, _, _ in elsewhere.sent) == ["https://crm.example.org/hooks", "https://other.example.org/"]
    assert len(deliveries()) == 2


def test_nothing_is_told_of_what_did_not_happen(owner, endpoint, elsewhere):
    def fails():
        emit("listing.published", owner.organization_id, {"reference": "A-2020-000001", "id": uuid4(), "path": "/x"})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        do(fails)
    jobs.sweep()
    assert (deliveries(), elsewhere.sent) == ([], [])


def test_what_is_told_under_a_key_is_told_once(owner, endpoint):
    message = {"id": uuid4(), "path": "/x"}
    for day in ("2026-01-01", "2026-01-01", "2027-01-01"):
        do(emit, "listing.expired", owner.organization_id, message, key=day)
    assert len(deliveries()) == 2


@pytest.mark.one_database
def test_a_text_cannot_be_told(owner, endpoint):
    with pytest.raises(ValueError, match="title"):
        do(emit, "listing.published", owner.organization_id, {"id": uuid4(), "title": "Heat pump"})
    with pytest.raises(ValueError, match="no such"):
        do(emit, "no such", owner.organization_id, {})


def test_nine_tries_and_then_it_is_given_up(owner, endpoint, elsewhere):
    elsewhere.answer = REFUSED
    tell(owner)
    jobs.sweep()
    for hours in range(1, 31):
        pass_time(hours=hours)
    [delivery] = deliveries()
    assert (delivery.state, delivery.tries, delivery.next_at) == (State.FAILED, 9, None)
    assert len(set(elsewhere.ids())) == 1, "the same id each time"
    tries = list(db.session.scalars(select(Attempt).order_by(Attempt.at)))
    assert len(tries) == 9 and {(each.status, each.answer) for each in tries} == {(503, "busy�")}
    elsewhere.answer = Answer(status=204)
    do(service.send_again, delivery.id, by=owner)
    jobs.sweep()
    [delivery] = deliveries()
    assert (delivery.state, len(set(elsewhere.ids())), len(elsewhere.sent)) == (State.DELIVERED, 1, 10)
    assert db.session.get(Endpoint, endpoint.id).failing_since is None


def test_a_crash_before_the_outcome_sends_the_same_message_again(owner, endpoint, elsewhere, monkeypatch):
    tell(owner)

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(tasks, "_write_down", dies)
        with pytest.raises(KeyboardInterrupt):
            jobs.sweep()
    pass_time(minutes=3)  # the lease has ended
    assert len(elsewhere.sent) == 2 and len(set(elsewhere.ids())) == 1
    assert [each.state for each in deliveries()] == [State.DELIVERED]
    row = db.session.scalars(select(OutboxRow).where(OutboxRow.task == "webhooks.deliver")).one()
    tasks.deliver(**row.payload)
    assert len(elsewhere.sent) == 2, "a job of a turn that is over does nothing"


def test_who_lets_us_wait_is_asked_once_for_all_that_waits(owner, endpoint, elsewhere):
    elsewhere.answer = SLOW
    for _ in range(4):
        tell(owner)
    jobs.sweep()
    assert len(elsewhere.sent) == 1
    elsewhere.answer = Answer(status=200)
    pass_time(seconds=20)
    assert len(elsewhere.sent) == 1
    for minutes in (2, 4, 6):
        pass_time(minutes=minutes)
    assert {each.state for each in deliveries()} == {State.DELIVERED}
    assert sum(each.tries for each in deliveries()) == 5


@pytest.mark.parametrize(("answer", "days", "because"), [(REFUSED, 6, Off.FAILING), (Answer(status=410), 0, Off.GONE)])
def test_an_address_that_takes_nothing_is_switched_off_and_its_owner_told(owner, endpoint, elsewhere, answer, days, because):
    elsewhere.answer = answer
    tell(owner)
    jobs.sweep()
    if days:
        assert db.session.get(Endpoint, endpoint.id).disabled_at is None
        with shifted(timedelta(days=days)):
            tell(owner)
            jobs.sweep()
    db.session.expire_all()
    assert db.session.get(Endpoint, endpoint.id).disabled_because is because
    with shifted(timedelta(days=days, minutes=1)):
        jobs.sweep()
    [mail] = [each for each in OUTBOX_SEEN if endpoint.url in each.get_content()]
    assert f"/organization/webhooks/{endpoint.id}" in mail.get_content()
    sent, known = len(elsewhere.sent), len(deliveries())
    tell(owner)
    jobs.sweep()
    assert (len(elsewhere.sent), len(deliveries())) == (sent, known)
    with pytest.raises(IllegalMove):
        do(service.send_test, endpoint.id, by=owner)
    do(service.switch_on, endpoint.id, by=owner)
    elsewhere.answer = Answer(status=200)
    do(service.send_test, endpoint.id, by=owner)
    with shifted(timedelta(minutes=1)):
        jobs.sweep()
    assert orjson.loads(elsewhere.sent[-1][1])["type"] == "test"


def test_two_secrets_sign_until_the_old_one_ends(owner, endpoint, elsewhere):
    first = signing.secret_of(endpoint)
    _, second = do(service.new_secret, endpoint.id, hours=24, by=owner)
    tell(owner)
    jobs.sweep()
    with shifted(timedelta(hours=25)):
        tell(owner)
        jobs.sweep()
    _, third = do(service.new_secret, endpoint.id, hours=0, by=owner)
    tell(owner)
    jobs.sweep()
    signers = []
    for _, body, headers in elsewhere.sent:
        given = headers["webhook-signature"].split(" ")
        names = {1: first, 2: second, 3: third}
        signers.append([number for sign in given for number, secret in names.items()
                        if sign == rules.signature(secret, headers["webhook-id"], timestamp=int(headers["webhook-timestamp"]), body=body)])  # fmt: skip
    assert signers == [[2, 1], [2], [3]]


def test_no_secret_stands_in_the_database_and_another_key_of_the_server_ends_it(app, owner, endpoint, elsewhere, monkeypatch):
    secret = signing.secret_of(endpoint)
    kept = str([dict(row._mapping) for row in db.session.execute(select(Endpoint.__table__))])
    assert secret not in kept and secret.removeprefix("whsec_")[:20] not in kept
    monkeypatch.setattr(app, "secret_key", "another-key-of-the-server-0123456789")
    tell(owner)
    jobs.sweep()
    assert elsewhere.sent == []
    assert db.session.scalar(select(Attempt.fault)) == "secret_lost"
    do(service.new_secret, endpoint.id, by=owner)
    pass_time(seconds=10)
    assert len(elsewhere.sent) == 1 and " " not in elsewhere.sent[0][2]["webhook-signature"]


def test_an_address_is_named_once_and_by_few(owner, endpoint):
    for url, refusal in (("https://crm.example.org/hooks", Duplicate), ("http://crm.example.org/", Invalid), ("https://10.0.0.1/", Invalid)):
        with pytest.raises(refusal):
            named(owner, url)
    for number in range(rules.MOST_ENDPOINTS - 1):
        named(owner, f"https://crm{number}.example.org/")
    with pytest.raises(service.TooMany):
        named(owner, "https://more.example.org/")
    do(service.delete, endpoint.id, by=owner)
    named(owner)


def test_what_was_done_a_month_ago_is_forgotten(owner, endpoint, elsewhere):
    tell(owner)
    jobs.sweep()
    elsewhere.answer = REFUSED
    tell(owner)
    jobs.sweep()
    with shifted(timedelta(days=31)):
        tasks.forget()
    assert [each.state for each in deliveries()] == [State.WAITING]
    assert db.session.scalar(select(func.count()).select_from(Attempt)) == 1


def test_a_listing_tells_its_owner_what_becomes_of_it(app, elsewhere):
    market = make_market()
    first, entry, over, last = (submitted(market) for _ in range(4))
    named(market.by)
    for each in (first, over, last):
        do(deciding.publish, each.id, by=market.judge)
    do(deciding.send_back, entry.id, reason="canary: a reason is nobody else's business", by=market.judge)
    do(entering.withdraw, over.listing_id, fair_slug=market.fair.slug, by=market.by)
    with transaction():
        db.session.scalars(select(ListingVersion).where(ListingVersion.listing_id == last.listing_id)).one().valid_until = now().date()
    with shifted(timedelta(days=2)):
        listing_tasks.close()
        listing_tasks.close()
    told = [(each.event, orjson.loads(each.body)["data"]["id"]) for each in deliveries()]
    assert told == [
        *(("listing.published", str(each.listing_id)) for each in (first, over, last)), ("listing.sent_back", str(entry.listing_id)),
        ("listing.withdrawn", str(over.listing_id)), ("listing.expired", str(last.listing_id)),
    ]  # fmt: skip
    assert not any("canary" in each.body for each in deliveries())
    assert set(orjson.loads(deliveries()[0].body)["data"]) - {"address"} <= emitting.TOLD
