"""What an organisation says of a pair: it filters its own lists, for all its people, and nobody else's."""

import json
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import select

from marketplace.core.audit import AuditRow
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, Invalid, NotFound, Stale
from marketplace.ledger import scopes
from marketplace.listings.models import Kind
from marketplace.matching import feedback, news, outcomes, queries, subjects
from marketplace.matching.models import MatchOutcome, MatchVerdict, Outcome, StoredMatch, Verdict
from marketplace.matching.strength import GOOD
from marketplace.negotiations import interest
from marketplace.negotiations import meeting as linking
from tests.contracts.factories_contracts import Desk, declare, sign
from tests.factories import actor, make_member, make_organization, make_staff, save
from tests.negotiations.test_meetings import make_meeting


@pytest.fixture
def buyer(sides):
    return actor(sides.company.owner, sides.company.agency)


@pytest.fixture
def seller(sides):
    return actor(sides.agency.owner, sides.agency.agency)


def stored(need, achievement, *, rank=1, strength=GOOD, days=0):
    db.session.execute(StoredMatch.__table__.delete().where(StoredMatch.need_id == need.id, StoredMatch.achievement_id == achievement.id))
    at = now() - timedelta(days=days)
    return save(StoredMatch(
        need_id=need.id, achievement_id=achievement.id, rank=rank, score_milli=12_345, strength=strength, ranking="r:g:1", found_at=at, computed_at=at,
    ))  # fmt: skip


def say(what, *args, **kwargs):
    with transaction():
        return what(*args, **kwargs)


def ids(listing, by, **options):
    return [match.id for match in queries.find(subjects.one(listing.kind, listing.id, by=by), **options).matches]


def test_a_verdict_keeps_what_the_ranking_thought_of_the_pair(sides, buyer):
    laser, draft = sides.achievement("Laser welding"), sides.draft_need("Laser welding")
    said = say(feedback.shortlist, draft.id, laser.id, by=buyer)
    assert (said.verdict, said.rank, said.reason) == (Verdict.SHORTLISTED, 1, None)
    assert said.score_milli > 0
    assert said.ranking.startswith(queries.RANKING)
    need = sides.need("Laser welding")
    stored(need, laser, rank=3)
    said = say(feedback.dismiss, need.id, laser.id, "terms", by=buyer)
    assert (said.rank, said.score_milli, said.ranking) == (3, 12_345, "r:g:1")
    seeds = sides.achievement("Wheat seeds")
    assert say(feedback.dismiss, need.id, seeds.id, "field", by=buyer).rank is None


def test_said_again_it_is_replaced_and_taken_back_it_is_gone(sides, buyer):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    first = say(feedback.shortlist, need.id, laser.id, by=buyer)
    again = say(feedback.dismiss, need.id, laser.id, "other", note="Our own plant does it.", by=buyer, seen=first.version)
    assert (again.id, again.version, again.verdict, again.note) == (first.id, 2, Verdict.DISMISSED, "Our own plant does it.")
    assert say(feedback.shortlist, need.id, laser.id, by=buyer, seen=2).note is None
    say(feedback.take_back, need.id, laser.id, by=buyer, seen=3)
    assert feedback.of_listing(buyer.organization_id, need_id=need.id) == {}
    with pytest.raises(NotFound):
        say(feedback.take_back, need.id, laser.id, by=buyer)
    rows = db.session.scalars(select(AuditRow).where(AuditRow.subject == f"match_verdict:{first.id}").order_by(AuditRow.seq)).all()
    assert [row.action for row in rows] == ["matching.shortlist", "matching.dismiss", "matching.shortlist", "matching.take_back"]
    assert rows[1].facts["reason"] == "other"
    assert "plant" not in str([row.facts for row in rows])


def test_who_saw_something_else_is_told(sides, buyer):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    with pytest.raises(Stale):
        say(feedback.shortlist, need.id, laser.id, by=buyer, seen=1)
    say(feedback.shortlist, need.id, laser.id, by=buyer, seen=0)
    for step, arguments in ((feedback.dismiss, ("terms",)), (feedback.shortlist, ()), (feedback.take_back, ())):
        with pytest.raises(Stale):
            say(step, need.id, laser.id, *arguments, by=buyer, seen=0 if step is not feedback.take_back else 7)


def test_a_reason_is_one_of_six_and_the_sixth_is_said(sides, buyer):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    assert len(feedback.DISMISS_REASONS) == 6
    for reason, note in (("ugly", None), ("", None), ("other", None), ("other", "")):
        with pytest.raises(Invalid):
            say(feedback.dismiss, need.id, laser.id, reason, note=note, by=buyer)


def test_a_pair_has_to_be_ones_own_and_otherwise_public(sides, buyer, seller):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    draft = sides.draft_need("Laser cutting")
    outsider = actor(make_member(organization := make_organization()), organization)
    refused = [
        (seller, draft.id, laser.id), (outsider, need.id, laser.id), (buyer, laser.id, need.id), (buyer, need.id, need.id),
        (buyer, need.id, uuid4()), (buyer, uuid4(), laser.id), (seller, uuid4(), laser.id),
    ]  # fmt: skip
    for by, need_id, achievement_id in refused:
        with pytest.raises(NotFound):
            say(feedback.shortlist, need_id, achievement_id, by=by)
    for by in (actor(sides.company.reader, sides.company.agency), actor(sides.agency.moderator)):
        with pytest.raises(Forbidden):
            say(feedback.shortlist, need.id, laser.id, by=by)
    assert say(feedback.shortlist, draft.id, laser.id, by=buyer).organization_id == buyer.organization_id
    assert say(feedback.shortlist, need.id, laser.id, by=seller).organization_id == seller.organization_id


def test_what_is_put_away_stays_away_from_that_organisation_alone(sides, buyer, seller):
    laser, beam = sides.achievement("Laser welding", trl=7), sides.achievement("Laser welding with a beam", trl=7)
    weak = sides.achievement("Laser welding", trl=3)
    need = sides.need("Laser welding", min_trl=6)
    staff, colleague = actor(sides.agency.moderator), actor(sides.company.reader, sides.company.agency)
    before = [(who, queries.find(subjects.one(Kind.NEED, need.id, by=who), near=3)) for who in (buyer, staff)]
    say(feedback.dismiss, need.id, laser.id, "terms", by=buyer)
    say(feedback.dismiss, need.id, weak.id, "maturity", by=buyer)
    away = feedback.dismissed(colleague.organization_id, need_id=need.id)
    assert away == {laser.id, weak.id}
    found = queries.find(subjects.one(Kind.NEED, need.id, by=colleague), near=3, without=away)
    assert [match.id for match in found.matches] == [beam.id]
    assert found.near == []
    assert feedback.dismissed(seller.organization_id, achievement_id=laser.id) == set()
    assert feedback.dismissed(buyer.organization_id, achievement_id=laser.id) == {need.id}
    for who, was in before:
        now_found = queries.find(subjects.one(Kind.NEED, need.id, by=who), near=3)
        assert [(match.id, match.score) for match in now_found.matches] == [(match.id, match.score) for match in was.matches]
        assert [match.id for match in now_found.near] == [weak.id]


def test_more_like_one_ranks_by_its_text_under_the_conditions_of_the_need(sides, buyer):
    laser = sides.achievement("Laser welding of thin steel", trl=7)
    steel, early = sides.achievement("Rolling of thin steel", trl=7), sides.achievement("Cutting of thin steel", trl=2)
    need, subject = sides.need("Welding", min_trl=6), None
    assert ids(need, buyer) == [laser.id]
    subject = subjects.one(Kind.NEED, need.id, by=buyer)
    found = queries.more_like(subject, [laser.id]).matches
    assert [match.id for match in found] == [steel.id]
    assert early.id not in {match.id for match in found}
    assert {term.token for term in found[0].reasons.terms} >= {"thin", "steel"}
    assert queries.more_like(subject, [laser.id], without=[steel.id]).matches == []
    for liked in ([], [uuid4()], [need.id], [laser.id, sides.draft_need("Steel").id]):
        with pytest.raises(NotFound):
            queries.more_like(subject, liked)


def test_owners_hear_in_steps_and_from_three_organisations_up(sides, buyer):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    drafts = sides.draft_need("Laser cutting")

    def dismissed(reason, organization=None, of=None):
        organization = organization or make_organization()
        if of is None:
            of = save(type(need)(kind=Kind.NEED, reference=f"N-{uuid4().hex[:12]}", organization_id=organization.id, shown_owner_id=organization.id, num=uuid4().int >> 70, public_number=1, created_at=now(), changed_at=now()))
        save(MatchVerdict(
            organization_id=organization.id, need_id=of.id, achievement_id=laser.id, verdict=Verdict.DISMISSED, reason=reason, person_id=buyer.person_id, said_at=now(),
        ))  # fmt: skip

    dismissed("terms")
    dismissed("terms")
    dismissed("field", sides.company.agency, drafts)  # of a draft: it would tell that there is one
    dismissed("field", sides.agency.agency, need)  # the owner's own word, about somebody else's need
    assert feedback.heard_of(laser.id) == feedback.Heard()
    dismissed("field")
    assert feedback.heard_of(laser.id) == feedback.Heard(dismissed=3)
    dismissed("terms")
    assert feedback.heard_of(laser.id) == feedback.Heard(dismissed=3, reasons={"terms": 3})
    dismissed("terms")
    assert feedback.heard_of(laser.id) == feedback.Heard(dismissed=5, reasons={"terms": 3})


@pytest.mark.parametrize(("count", "told"), [(0, None), (2, None), (3, 3), (4, 3), (5, 5), (9, 5), (19, 10), (5000, 1000)])
def test_figures_are_told_in_steps(count, told):
    assert feedback.at_least(count) == told


def test_the_first_outcome_of_a_pair_stays(app, sides, buyer):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    with transaction():
        outcomes.note(need.id, laser.id, Outcome.INTEREST)
    stored(need, laser, rank=4)
    with transaction():
        for outcome in (Outcome.INTEREST, Outcome.MEETING):
            outcomes.note(need.id, laser.id, outcome)
        outcomes.note(None, laser.id, Outcome.CONTRACT)
        outcomes.note(need.id, None, Outcome.CONTRACT)
    rows = {row.outcome: row.rank for row in db.session.scalars(select(MatchOutcome))}
    assert rows == {Outcome.INTEREST: None, Outcome.MEETING: 4}
    say(feedback.dismiss, need.id, laser.id, "known", note="Mr Li calls them.", by=buyer)
    learnt = list(feedback.learning_rows())
    assert [(row["what"], row["reason"], row["rank"]) for row in learnt] == [("dismissed", "known", 4), ("interest", None, None), ("meeting", None, 4)]
    assert "Li" not in str(learnt)
    assert str(buyer.person_id) not in str(learnt)
    printed = app.test_cli_runner().invoke(args=["matching", "outcomes", "--json"]).stdout.splitlines()
    assert [json.loads(line)["what"] for line in printed] == ["dismissed", "interest", "meeting"]


def test_news_are_what_was_found_lately_and_nothing_was_said_of(sides, buyer, seller):
    laser, beam = sides.achievement("Laser welding"), sides.achievement("Laser beam welding")
    need = sides.need("Laser welding")
    stored(need, laser, days=8)
    stored(need, beam, rank=2, strength=GOOD - 1, days=6)
    assert (news.count(by=buyer), news.count(by=seller)) == (1, 1)
    assert news.tallies([(Kind.NEED, need.id)], by=buyer) == {need.id: (1, 1)}
    assert news.tallies([(Kind.ACHIEVEMENT, laser.id), (Kind.ACHIEVEMENT, beam.id)], by=seller) == {laser.id: (1, 0), beam.id: (0, 1)}
    assert [(match.id, match.new) for match in queries.find(subjects.one(Kind.NEED, need.id, by=buyer)).matches] == [(laser.id, False), (beam.id, True)]
    say(feedback.dismiss, need.id, beam.id, "field", by=buyer)
    assert (news.count(by=buyer), news.count(by=seller)) == (0, 1)
    stored(need, beam, rank=11)
    assert news.count(by=seller) == 0


def test_interest_meeting_and_signed_contract_are_noted_where_they_are_made(app, sides, buyer):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    fair, both = sides.company.fair, {"achievement_id": laser.id, "need_id": need.id}
    noted = lambda: list(db.session.scalars(select(MatchOutcome.outcome).order_by(MatchOutcome.happened_at)))  # noqa: E731
    thread, _ = say(interest.ask, **both, cooperation_wanted="licence", question="May we see it?", by=buyer)
    assert noted() == ["interest"]
    meeting = make_meeting(SimpleNamespace(fair=fair), sides.company.agency, sides.agency.agency)
    say(linking.link, thread.id, meeting.id, by=buyer)
    assert noted() == ["interest", "meeting"]
    desk = Desk(fair, make_staff(fair, "clerk"), make_staff(fair, "verifier"), app.config["SETTINGS"].upload_dir / "evidence")
    with transaction():
        scopes.on_fair_created(None, fair=fair, by=None)
    contract = declare(desk, **{name: str(id) for name, id in both.items()})
    assert noted() == ["interest", "meeting"]
    sign(desk, contract)
    assert noted() == ["interest", "meeting", "contract"]


def test_of_colleagues_at_once_one_is_first_and_the_other_is_told(sides, buyer, monkeypatch):
    """Who did not see the other's row, because it was not committed yet, meets it in the database."""
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    say(feedback.shortlist, need.id, laser.id, by=buyer, seen=0)
    with monkeypatch.context() as patched:
        patched.setattr(feedback, "_get", lambda *_args, **_kwargs: None)
        with pytest.raises(Stale):
            say(feedback.dismiss, need.id, laser.id, "terms", by=buyer, seen=0)
    said = feedback.said_of(need.id, laser.id, by=buyer)
    assert (said.verdict, said.version) == (Verdict.SHORTLISTED, 1)
