"""Many at once: each in a thread and a transaction of its own, on a database that is really shared."""

import threading
from collections import Counter

import pytest

from marketplace.core.db import db, transaction
from marketplace.core.errors import DomainError
from tests.conftest import DATABASES
from tests.payments.shop import build, own_database

TAKERS = 32


@pytest.fixture(params=DATABASES)
def own_app(request, tmp_path):
    with own_database(request.param, tmp_path, lambda: request.getfixturevalue("postgresql_port")) as database:
        app = build(database, tmp_path)
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


def rush(app, works) -> Counter:
    """Run each in a thread and a transaction of its own, all at once; how often each answer was given."""
    gate, answers, lock = threading.Barrier(len(works)), Counter(), threading.Lock()

    def run(work):
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    work()
                answer = "won"
            except DomainError as error:
                answer = f"{error.status}"
            except Exception as error:
                answer = repr(error)
            finally:
                db.session.remove()
            with lock:
                answers[answer] += 1

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
