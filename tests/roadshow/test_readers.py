"""Whose mail it is when a pitch changes: the presenter's while they belong to the organisation, else of those who act for it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.organizations.models import Kind, Mandate, MandateStatus, Membership
from marketplace.roadshow import readers
from marketplace.roadshow.calls import publishing, telling, timetabling
from marketplace.roadshow.calls.models import Status
from marketplace.roadshow.running import effects, moving
from tests.factories import actor, make_fair, make_member, make_organization, make_staff, save
from tests.roadshow.calls.factories_calls import make_application, make_call
from tests.roadshow.factories_roadshow import make_session
from tests.roadshow.factories_running import do, make_stage


def leave(person) -> None:
    for membership in db.session.scalars(select(Membership).where(Membership.person_id == person.id)):
        membership.ended_at = now()
    db.session.commit()


def mails_since(before: int) -> list[str]:
    while sweep():
        pass
    return [str(mail["To"]) for mail in OUTBOX_SEEN[before:]]


@pytest.mark.parametrize(("ends_in", "reads"), [(5, "agent"), (-5, "owner")])
def test_an_agent_reads_as_long_as_the_mandate_runs(app, ends_in, reads):
    principal, agency = make_organization(), make_organization(kind=Kind.AGENCY)
    people = {"owner": make_member(principal), "reader": make_member(principal, "reader"), "agent": make_member(agency)}
    save(Mandate(
        agency_id=agency.id, principal_id=principal.id, role="editor", ends_on=(now() + timedelta(days=ends_in)).date(),
        status=MandateStatus.IN_FORCE, proposed_by_id=agency.id, proposed_by_person_id=people["agent"].id, proposed_at=now(), accepted_at=now(),
    ))  # fmt: skip
    key = (principal.id, people["agent"].id)
    assert [person.id for person in readers.of([key])[key]] == [people[reads].id]


def test_who_left_an_organisation_hears_nothing_of_its_pitch_any_more(app):
    fair = make_fair(current=True)
    manager, call, session = actor(make_staff(fair)), make_call(fair, places=5), make_session(fair)
    organization = make_organization()
    left, owner = make_member(organization, "editor", email="left@example.org"), make_member(organization, email="owner@example.org")
    application = make_application(call, organization=organization, person=left, status=Status.SELECTED)
    leave(left)
    steps = [
        lambda: telling.tell(fair.id, by=manager),
        lambda: timetabling.place(application.id, session.id, 1, by=manager),
        lambda: publishing.publish(fair.id, by=manager),
        lambda: timetabling.take_out(application.pitch_id, accept_warnings=True, by=manager),
    ]
    written = []
    for step in steps:
        before = len(OUTBOX_SEEN)
        do(step)
        written.append(mails_since(before))
    assert written == [[owner.email], [], [owner.email], [owner.email]]


def test_a_late_start_is_told_to_who_is_left_with_the_time_it_comes_to(app):
    stage = make_stage()
    stand_in = make_member(stage.agencies[1], email="stand-in@example.org")
    leave(stage.presenters[1])
    shown = effects.of_late(stage.session.id, 10, by=stage.staff)
    before = len(OUTBOX_SEEN)
    _, told = do(moving.announce_late, stage.session.id, 10, seen=shown.seen, by=stage.staff)
    assert sorted(mails_since(before)) == sorted([stage.presenters[0].email, stand_in.email])
    assert told == shown.told == 2
    text = next(mail.get_content() for mail in OUTBOX_SEEN[before:] if mail["To"] == stand_in.email)
    assert "slot 2, now about" in text and "10:25 instead of 10:15" in text
