"""The same world as the rights table, attacked."""

from contextlib import contextmanager

import pytest

from marketplace.core import problems
from tests.fuzz.state import Watch, whole
from tests.rights.standing import rolled_back as rolled_back
from tests.rights.standing import world as world


@pytest.fixture(scope="session")
def watch(world, once, database):
    """What the database held before anything was sent; held to all of it once more at the very end."""

    @contextmanager
    def watching():
        with world.app.app_context():
            made = Watch()
        yield made
        with world.app.app_context():
            assert whole() == made.before

    return once.get(("watch", database), watching)


@pytest.fixture
def nothing_stored(watch):
    """Whatever a test sends, the database is afterwards as it was before."""
    watch.begin()
    yield
    assert watch.look() == watch.before


@pytest.fixture
def bare(monkeypatch):
    """bare(): from here on a refusal is its status and no page, for what one template shows after each of many calls."""
    return lambda: monkeypatch.setattr(problems, "render_template", lambda *_args, **_more: "")
