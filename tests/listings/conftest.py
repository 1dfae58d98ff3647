"""Every test has an index of its own: the session's would keep what earlier tests rolled back."""

import pytest

from marketplace.listings import indexing


@pytest.fixture(autouse=True)
def own_index(request, tmp_path, monkeypatch):
    if "app" not in request.fixturenames and "client" not in request.fixturenames:
        yield
        return
    extensions = request.getfixturevalue("app").extensions
    monkeypatch.setattr(indexing, "root", lambda: tmp_path / "index")
    for name in ("index_reader", "index_checked"):
        extensions.pop(name, None)
    yield
    for name in ("index_reader", "index_checked"):
        extensions.pop(name, None)
