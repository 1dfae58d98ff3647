"""Four people propose a pair at once: one wins. Both sides answer at once: both answers count."""

import pytest

from marketplace.core.db import db
from marketplace.coverage import board, service
from marketplace.coverage.models import Answer, Proposal, State
from tests.at_once import own_app, rush
from tests.coverage.factories_coverage import NOTES, Fair

assert own_app  # the fixture: an application with a database of its own, for threads that commit


@pytest.mark.timeout(120)
def test_one_of_four_proposals_wins_and_neither_answer_is_lost(own_app):
    fair = Fair()
    world, staff, sides = fair.world, fair.staff, [fair.world.seller, fair.world.buyer]
    opened, need_id, achievement_id = world.fair.slug, world.need.id, world.achievement.id
    db.session.remove()

    def propose():
        return service.propose(board.of_staff(opened, by=staff), need_id, achievement_id, notes=NOTES, by=staff)

    assert rush(own_app, [propose] * 4) == {"won": 1, "409": 3}
    proposal_id = db.session.scalars(db.select(Proposal.id)).one()
    db.session.remove()
    answers = rush(own_app, [lambda by=by: service.answer(proposal_id, Answer.INTERESTED, by=by) for by in sides])
    assert answers == {"won": 2}
    assert db.session.get_one(Proposal, proposal_id).state is State.WANTED
