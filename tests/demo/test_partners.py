"""The open fair's board shows something: proposals in each state, a call to make, a need that nobody can meet."""

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.jobs import OutboxRow
from marketplace.coverage import due, queries
from marketplace.coverage.models import Proposal, State
from marketplace.coverage.rules import Seen
from marketplace.demo import people
from marketplace.demo.plan import HARD_TO_PLEASE
from marketplace.fairs import queries as fairs


def test_the_sample_has_a_proposal_in_each_state_that_staff_bring_about(sample):
    made = list(db.session.scalars(select(Proposal)))
    assert sorted(row.state for row in made) == sorted([State.PROPOSED, State.PROPOSED, State.WANTED, State.DECLINED, State.WITHDRAWN])
    for code in ("agency", "company"):
        by = people.actor(code)
        assert by is not None
        assert [mine.seen for mine in queries.mine(db.session.scalars(queries.own(by=by)))] == [Seen.WAITING], code
        assert queries.waiting_for(by) == 1


def test_nobody_invented_gets_a_mail_about_it(sample):
    assert db.session.scalar(select(OutboxRow.id).where(OutboxRow.task == "coverage.tell", OutboxRow.done_at.is_(None))) is None


def test_the_moderator_has_calls_to_make_and_organisations_without_a_contact(sample):
    by = people.actor("moderator")
    assert by is not None
    assert due.calls_due(by) == 1
    assert due.without_contact(by) > 3


def test_some_needs_want_a_provider_from_where_nobody_is(sample, plan):
    somewhere = {organization.country for organization in plan.organizations}
    for place, countries in HARD_TO_PLEASE.items():
        assert plan.today.needs[place].target_countries == countries
        assert not somewhere & set(countries)
    assert fairs.by_slug("today").closed_at is None
