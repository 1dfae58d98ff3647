"""Many at once: each in a thread and a transaction of its own, on a database that is really shared."""

import threading
from collections import Counter

import pytest

from marketplace.core.db import db, transaction
from marketplace.core.errors import DomainError
from tests.conftest import DATABASES

TAKERS = 32


@pytest.fixture(params=DATABASES)
def own_app(request, own, tmp_path):
    """An application with a database of its own, for threads that commit."""
    with own(request.param).fresh(tmp_path) as app:
        yield app


def rush(app, works, *, refused=lambda error: f"{error.status}", before=lambda _work: None) -> Counter:
    """Run each in a thread and a transaction of its own, all at once; how often each answer was given.

    It is *won*, what ``refused`` calls a refusal (its status, unless told otherwise), or an error that is none of ours as it is.
    ``before``: done with each in its thread, ahead of its transaction."""
    gate, answers, lock = threading.Barrier(len(works)), Counter(), threading.Lock()

    def run(work):
        with app.app_context():
            gate.wait()
            before(work)
            try:
                with transaction():
                    work()
                answer = "won"
            except DomainError as error:
                answer = refused(error)
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
