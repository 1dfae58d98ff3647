"""Every call that changes something leaves its audit rows, one for each change, with ids only; every refused one leaves one."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from tests.rights.asking import send
from tests.rights.standing import undone
from tests.rights.test_table import TABLE, cell_of, made

WRITING = [route for route in TABLE if not route.startswith("GET ")]
SILENT = {
    "POST /alerts/notices/<uuid:notice_id>": "which notices one has read is nobody else's business",
    "POST /alerts/notices/read": "which notices one has read is nobody else's business",
    "POST /listings/typed": "what is typed and not saved is nobody else's business",
    "POST /listings/typed/discard": "what is typed and not saved is nobody else's business",
    "POST /meetings/<uuid:meeting_id>/typed": "what is typed and not saved is nobody else's business",
    "POST /organizations/switch": "whom one acts for is part of the session, and stands in every row that follows",
    "POST /password/forgot": "a mail that was asked for changes nothing until its link is used",
    "POST /register": "a mail that was asked for changes nothing until its link is used",
    "POST /staff/days/<slug>/<day>/carry": "the day is signed once: only the reasons that stand already can be sent",
    "POST /oai": "a question that was too long for an address changes nothing",
    "POST /webhooks/stripe": "an event that concerns no fee of ours changes nothing but the list of events",
    "POST /staff/moderation/next": "who reads what for twenty minutes decides nothing",
    "POST /staff/moderation/<uuid:entry_id>/claim": "who reads what for twenty minutes decides nothing",
    "POST /staff/moderation/<uuid:entry_id>/release": "who reads what for twenty minutes decides nothing",
    "POST /api/v1/entries/next": "who reads what for twenty minutes decides nothing",
    "POST /api/v1/entries/<uuid:entry_id>/claim": "who reads what for twenty minutes decides nothing",
    "POST /api/v1/entries/<uuid:entry_id>/release": "who reads what for twenty minutes decides nothing",
}
"""Routes whose call here changes no state that an auditor asks for, and why."""


def rows_after(seq: int) -> list[AuditRow]:
    return list(db.session.scalars(select(AuditRow).where(AuditRow.seq > seq).order_by(AuditRow.seq)))


def newest() -> int:
    return db.session.scalar(select(func.max(AuditRow.seq))) or 0


def personal_words() -> set[str]:
    return {word for name, email in db.session.execute(select(Person.name, Person.email)) for word in (name, email)}


@pytest.mark.parametrize("route", WRITING)
def test_a_change_has_one_row_for_each_thing_that_changed(world, route):
    role = [role for role, cell in TABLE[route].items() if cell[0] in "23"][-1]
    with undone():
        before, call = newest(), made(world, route)
        answer = send(world, route, call, role=role)
        assert cell_of(answer) == TABLE[route][role], answer.text[:300]
        rows = rows_after(before)
        done = [(row.action, row.subject) for row in rows]
        assert len(set(done)) == len(done), "a change is told once"
        assert "refused" not in dict(done)
        assert (done == []) is (route in SILENT), (done, SILENT.get(route))
        for row in rows:
            assert UUID(row.request_id)
            assert not any(word in str(row.facts) for word in personal_words()), row.facts


@pytest.mark.parametrize("route", [route for route in WRITING if {"401", "403", "in"} & set(TABLE[route].values())])
def test_a_refused_attempt_has_one_row_without_what_was_sent(world, route):
    for status in ("401", "403"):
        role = next((role for role, cell in TABLE[route].items() if cell == status), None)
        if role is None:
            continue
        with undone():
            before, call = newest(), made(world, route)
            for body in (call.json, call.form):
                for name, value in (body.items() if isinstance(body, dict) else ()):
                    if isinstance(value, str) and name not in {"version", "seen", "content_hash"}:
                        body[name] = f"canary {value}"
            answer = send(world, route, call, role=role)
            assert answer.status_code in {401, 403, 422}, answer.text[:300]
            rows = rows_after(before)
            assert [row.action for row in rows] == (["refused"] if answer.status_code != 422 else []), role
            assert not any("canary" in str(row.facts) for row in rows)


def test_the_silent_routes_exist():
    assert set(SILENT) <= set(WRITING)
