"""A shop of its own for each test that talks to the sandbox, on each database; and what its signals told."""

import threading
from collections import Counter

import pytest

from marketplace.payments.events import fee_paid, fee_refunded, fee_released
from tests.conftest import DATABASES
from tests.payments.shop import running


@pytest.fixture(params=DATABASES)
def shop(request, own, tmp_path):
    with running(own(request.param), tmp_path) as found:
        yield found


@pytest.fixture
def told():
    """How often each signal was sent."""
    counts, lock = Counter(), threading.Lock()

    def listen(name):
        def heard(fee):
            with lock:
                counts[name] += 1

        return heard

    listeners = [(signal, listen(name)) for signal, name in ((fee_paid, "paid"), (fee_released, "released"), (fee_refunded, "refunded"))]
    for signal, heard in listeners:
        signal.connect(heard)
    yield counts
    for signal, heard in listeners:
        signal.disconnect(heard)
