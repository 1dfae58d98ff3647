"""Both sides confirm at the same moment: neither word is lost, and the agreement is in force."""

from datetime import date, timedelta
from threading import Barrier, Thread

from marketplace.core.db import db, transaction
from marketplace.disclosure import agreements
from marketplace.disclosure.models import Agreement, State
from marketplace.negotiations.models import Stage
from tests.at_once import own_app as own_app
from tests.negotiations.factories_negotiations import do, make_world, thread_at


def test_two_who_confirm_at_once_bring_one_agreement_into_force(own_app):
    world = make_world()
    talks = thread_at(world, Stage.TALKING)
    agreement = do(agreements.propose, talks.id, template="mutual", ends_on=date.today() + timedelta(days=9), by=world.buyer)
    id, content_hash, actors = agreement.id, agreement.content_hash, [world.buyer, world.seller] * 2
    db.session.remove()
    barrier, faults = Barrier(len(actors)), []

    def press(by):
        with own_app.app_context():
            barrier.wait()
            try:
                with transaction():
                    agreements.confirm(id, content_hash, by=by)
            except Exception as error:
                faults.append(error)
            finally:
                db.session.remove()

    threads = [Thread(target=press, args=(by,)) for by in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = db.session.get_one(Agreement, id)
    assert (faults, found.state) == ([], State.IN_FORCE)
    assert found.provider_confirmed_at is not None
    assert found.recipient_confirmed_at is not None
