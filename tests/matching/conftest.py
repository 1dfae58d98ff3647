"""Small listings and a throwaway index of them, as in the tests of the index; and one for the application of a test."""

import pytest

from marketplace.listings import indexing
from tests.matching.factories_matching import Sides
from tests.search.conftest import achievement, indexed, need, root

__all__ = ["achievement", "indexed", "need", "root"]


@pytest.fixture
def sides(app, tmp_path, monkeypatch):
    monkeypatch.setattr(indexing, "root", lambda: tmp_path / "index")
    for name in ("index_reader", "index_checked"):
        app.extensions.pop(name, None)
    indexing.rebuild()
    yield Sides()
    for name in ("index_reader", "index_checked"):
        app.extensions.pop(name, None)
