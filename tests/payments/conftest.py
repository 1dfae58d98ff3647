"""A shop of its own for each test that talks to the sandbox, on each database."""

import pytest

from tests.conftest import DATABASES
from tests.payments.shop import own_database, running


@pytest.fixture(params=DATABASES)
def shop(request, tmp_path):
    with (
        own_database(request.param, tmp_path, lambda: request.getfixturevalue("postgresql_port")) as database,
        running(database, tmp_path) as found,
    ):
        yield found
