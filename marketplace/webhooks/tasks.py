"""Sending what waits: each try outside any transaction, its outcome written down with the promise of the next one."""

from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, select

from marketplace.core import audit, jobs, mail
from marketplace.core.clock import now
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.i18n import gettext, speaking
from marketplace.core.jobs import task
from marketplace.organizations.queries import owners
from marketplace.webhooks import gateway, rules, signing
from marketplace.webhooks.gateway import Answer
from marketplace.webhooks.models import Attempt, Delivery, Endpoint, Off, State

AT_ONCE = 500


@task("webhooks.deliver", outside=True)
def deliver(*, delivery_id: str, turn: int) -> None:
    """Try once. After a crash before the outcome was written the same message is sent again, under the same id."""
    delivery = db.session.get(Delivery, UUID(delivery_id))
    endpoint = db.session.get(Endpoint, delivery.endpoint_id) if delivery is not None else None
    if delivery is None or endpoint is None or delivery.state is not State.WAITING or delivery.turn != turn:
        end_reading()
        return
    moment = now()
    url, body, message_id, resting = endpoint.url, delivery.body, str(delivery.event_id), endpoint.rests_until
    if endpoint.disabled_at is not None or endpoint.ended_at is not None:
        answer: Answer | None = Answer(fault="switched_off")
    elif not signing.still_good(endpoint):
        answer = Answer(fault="secret_lost")
    elif resting is not None and resting > moment:
        answer = None
    else:
        headers = rules.headers(signing.secrets_at(endpoint, moment), message_id, timestamp=int(moment.timestamp()), body=body)
        end_reading()  # nobody waits for a row while another server thinks
        sent = {**headers, "Content-Type": "application/json", "User-Agent": "technology-trading-webhooks/1"}
        answer = gateway.post(url, body.encode(), headers=sent, local=gateway.local())
    end_reading()
    with transaction():
        _write_down(UUID(delivery_id), turn, answer)


def _write_down(delivery_id: UUID, turn: int, answer: Answer | None) -> None:
    """The outcome of a turn, once; without an answer the endpoint rests, and the delivery waits without having been tried."""
    place = db.session.scalar(select(Delivery.endpoint_id).where(Delivery.id == delivery_id))
    endpoint = db.session.get(Endpoint, place, with_for_update=True, populate_existing=True) if place else None
    delivery = db.session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if endpoint is None or delivery is None or delivery.state is not State.WAITING or delivery.turn != turn:
        return
    moment = now()
    if answer is None:
        _promise(delivery, max(endpoint.rests_until or moment, moment + timedelta(seconds=1)) - moment)
        return
    delivery.tries += 1
    db.session.add(Attempt(
        delivery_id=delivery.id, at=moment, status=answer.status, answer=rules.beginning(answer.body) or None, fault=answer.fault,
        milliseconds=answer.milliseconds,
    ))  # fmt: skip
    endpoint.slow = endpoint.slow + 1 if answer.slow else 0
    endpoint.rests_until = moment + rules.rest_after(endpoint.slow) if answer.slow else None
    if rules.accepted(answer.status):
        delivery.state, delivery.done_at, delivery.next_at = State.DELIVERED, moment, None
        endpoint.failing_since = None
        return
    endpoint.failing_since = endpoint.failing_since or moment
    wait = rules.wait_after(delivery.tries)
    if answer.fault == "switched_off" or wait is None:
        delivery.state, delivery.done_at, delivery.next_at = State.FAILED, moment, None
    else:
        _promise(delivery, wait)
    if endpoint.disabled_at is None and endpoint.ended_at is None:
        if answer.status == 410:
            _switch_off(endpoint, Off.GONE)
        elif moment - endpoint.failing_since > rules.DISABLED_AFTER:
            _switch_off(endpoint, Off.FAILING)


def _promise(delivery: Delivery, wait: timedelta) -> None:
    delivery.turn += 1
    delivery.next_at = now() + wait
    jobs.enqueue("webhooks.deliver", due_in=wait, delivery_id=str(delivery.id), turn=delivery.turn)


def _switch_off(endpoint: Endpoint, because: Off) -> None:
    """No more deliveries, and a mail to the owners, each in their language."""
    endpoint.disabled_at, endpoint.disabled_because = now(), because
    audit.record("webhooks.switch_off", f"webhook:{endpoint.id}", by=None, because=because.value)
    address = f"{current_app.config['SETTINGS'].public_url}/organization/webhooks/{endpoint.id}"
    for person in owners(endpoint.organization_id):
        with speaking(person.language):
            text = gettext("Nothing is sent to this address any more: %(url)s", url=endpoint.url)
            why = (
                gettext("It answered that it is gone for good (410).")
                if because is Off.GONE
                else gettext("It took nothing for %(days)s days.", days=rules.DISABLED_AFTER.days)
            )
            after = gettext("What happened to each message, and the button that switches it on again:")
            mail.send(person.email, gettext("A webhook was switched off"), f"{text}\n{why}\n\n{after}\n{address}\n")


@task("webhooks.forget", every=timedelta(hours=6))
def forget() -> None:
    """Delete deliveries that were done a month ago, some at a time."""
    before = now() - timedelta(days=rules.KEPT_DAYS)
    old = list(db.session.scalars(select(Delivery.id).where(Delivery.created_at < before, Delivery.done_at < before).limit(AT_ONCE)))
    end_reading()
    if old:
        with transaction():
            db.session.execute(delete(Attempt).where(Attempt.delivery_id.in_(old)))
            db.session.execute(delete(Delivery).where(Delivery.id.in_(old)))
