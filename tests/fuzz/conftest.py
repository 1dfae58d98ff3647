"""The same world as the rights table, attacked."""

from contextlib import nullcontext

import pytest

from tests.fuzz.state import state
from tests.rights.standing import rolled_back as rolled_back
from tests.rights.standing import world as world


@pytest.fixture
def untouched(world, once, database):
    """What the database holds before anything was sent, and again after every test is undone."""
    return once.get(("untouched", database), lambda: nullcontext(state()))


@pytest.fixture
def nothing_stored(world, untouched):
    """Whatever a test sends, the database is afterwards as it was before."""
    yield
    assert state() == untouched
