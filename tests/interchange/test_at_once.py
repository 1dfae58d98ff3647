"""Many writers at the same moment and a reader who polls meanwhile: the reader meets every change. Without the lock, not."""

import threading
import time
from itertools import count

import pytest

from marketplace.core.db import db, end_reading, is_postgresql, transaction
from marketplace.interchange import harvesting, keeping
from marketplace.reviews import deciding
from tests.at_once import rush
from tests.conftest import DATABASES
from tests.listings.factories_listings import make_market, submitted

WRITERS = 5


@pytest.fixture(scope="module", params=DATABASES)
def own_app(request, own, tmp_path_factory):
    with own(request.param).fresh(tmp_path_factory.mktemp("interchange")) as app:
        yield app


def met_by_a_reader(app) -> list[int]:
    """The numbers that a reader met who asked again and again, while each writer took longer to commit than the next one."""
    market = make_market()
    ids = [submitted(market).id for _ in range(WRITERS)]
    listings = []
    for entry_id in ids:
        with transaction():
            listings.append(deciding.publish(entry_id, by=market.judge).listing_id)
    begun, over, met = keeping.last_number(), threading.Event(), list[int]()
    end_reading()

    def read():
        with app.app_context():
            at, last = begun, False
            while not last:
                last = over.is_set()
                rows, _ = harvesting.changes(at, limit=WRITERS)
                met.extend(row.seq for row in rows)
                at = rows[-1].seq if rows else at
                db.session.remove()
                time.sleep(0.002)

    def writing(number):
        def write():
            time.sleep(0.01 * number)
            keeping.note([listings[number]])
            time.sleep(0.03 * (WRITERS - number))

        return write

    reader = threading.Thread(target=read)
    reader.start()
    assert rush(app, [writing(number) for number in range(WRITERS)]) == {"won": WRITERS}
    over.set()
    reader.join()
    return met


def test_a_reader_who_polls_meets_every_change_in_order(own_app):
    met = met_by_a_reader(own_app)
    assert len(met) == WRITERS and met == sorted(met)


def test_without_the_lock_of_the_counter_a_reader_would_miss_some(own_app, monkeypatch):
    numbers = count(keeping.last_number() + 1)
    monkeypatch.setattr(keeping, "next_numbers", lambda _counter, many: [next(numbers) for _ in range(many)])
    missed = len(met_by_a_reader(own_app)) < WRITERS
    assert missed is is_postgresql(), "SQLite has one writer at a time, with or without the counter"
