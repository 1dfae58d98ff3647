"""One application for each database; every test runs in a transaction of its own that is rolled back, on each of TEST_DATABASES."""

import gc
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask, g, request_started
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache
from xdist.scheduler import LoadScopeScheduling

from config import Config
from marketplace import create_app
from marketplace.core.db import db
from marketplace.core.mail import OUTBOX_SEEN
from tests.own import Own
from tests.postgresql import cluster

DATABASES = os.environ.get("TEST_DATABASES", "sqlite").split(",")
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a law says nothing of a busy machine
settings.load_profile("suite")


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="many more kills and hostile files")
    parser.addoption("--kills", type=int, default=200, help="how many, of the long form (default 200, with 50 writes for each)")


def pytest_generate_tests(metafunc):
    if "database" in metafunc.fixturenames:
        kinds = DATABASES[:1] if metafunc.definition.get_closest_marker("one_database") else DATABASES
        metafunc.parametrize("database", kinds, scope="session", indirect=True)


TESTS = Path(__file__).parent
LONG = (
    "browser", "fuzz", "rights", "crash", "demo", "test_chinese_pages.py", "matching", "payments", "core", "search", "serving", "migrations",
    "figures", "roadshow", "flows", "test_architecture.py", "test_invariants.py",
)  # fmt: skip
"""Folders and files whose tests take long: they begin first, so that at the end no process waits for another."""
SHARING = ("crash", "demo")
"""Folders whose files share what takes long to make on each database, such as a started server."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    rank = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.path.relative_to(TESTS).parts[0], len(rank)))


class ByFileAndDatabase(LoadScopeScheduling):
    """Each process takes a file's tests on one database at a time, or a folder's where files share; the browser's all together."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, test = nodeid.partition("::")
        folder = path.split("/")[1]
        if folder == "browser":
            return folder
        return (folder if folder in SHARING else path) + next((name for name in DATABASES if f"[{name}" in test), "")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False
    return ByFileAndDatabase(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Hardly anything that is imported and collected is garbage: to look for it would take a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish():
    """What is imported and collected by now stays to the end: the collector of garbage need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class Once:
    """Costly things: each made when it is first asked for and kept to the end, in whichever order tests come."""

    def __init__(self, stack: ExitStack):
        self.stack, self.made = stack, dict[Any, Any]()

    def get(self, name: Any, make: Callable[[], AbstractContextManager[Any]]) -> Any:
        if name not in self.made:
            self.made[name] = self.stack.enter_context(make())
        return self.made[name]


def shared(base: Path) -> Path:
    """The folder that all processes of this run have in common, from the one where a process keeps its temporary folders."""
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory):
    """Processes that tests start compile what they import once for all of them, also where none may write beside the sources."""
    if sys.dont_write_bytecode:
        os.environ["PYTHONPYCACHEPREFIX"] = str(shared(tmp_path_factory.getbasetemp()) / "compiled")
        del os.environ["PYTHONDONTWRITEBYTECODE"]


@pytest.fixture(scope="session")
def once():
    with ExitStack() as stack:
        yield Once(stack)


@pytest.fixture(scope="session")
def postgresql_port(once):
    return once.get("cluster", cluster)


@pytest.fixture(scope="session")
def durable_postgresql_port(once):
    """A cluster of its own for tests that kill: what was acknowledged must be on the disk."""
    return once.get("durable cluster", lambda: cluster(durable=True))


@pytest.fixture(scope="session")
def fresh(request, tmp_path_factory) -> Callable[[str, str], str]:
    """fresh(kind, name): the address of an empty database of that name: SQLite in a file, or one of the throw-away PostgreSQL cluster."""

    def make(kind: str, name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('db')}/{name}.db"
        address = f"postgresql://postgres@127.0.0.1:{request.getfixturevalue('postgresql_port')}"
        with psycopg.connect(f"{address}/postgres", autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        return f"{address}/{name}"

    return make


@pytest.fixture(scope="session")
def own(request, once, tmp_path_factory) -> Callable[[str], Own]:
    """own(kind): the application for tests that really commit; each begins with it by `fresh`."""

    def make(kind: str) -> Own:
        return Own(kind, tmp_path_factory.mktemp("own"), lambda: request.getfixturevalue("postgresql_port"))

    return lambda kind: once.get(("own", kind), lambda: nullcontext(make(kind)))


@pytest.fixture(scope="session")
def database(request, once, fresh):
    """The address of the database of the tests that are rolled back."""

    @contextmanager
    def made() -> Iterator[str]:
        yield fresh(request.param, "tests")

    return once.get(("database", request.param), made)


@contextmanager
def application(database: str, folder: Path, *, prepare: Callable[[Flask], None] = lambda _app: None) -> Iterator[Flask]:
    """The application on that database, with its tables; its templates are compiled once for all of the run."""
    app = create_app(
        Config(
            testing=True, secret_key="for-tests-only-0123456789abcdef-ABCDEF", database_url=database,
            index_dir=folder / "index", upload_dir=folder / "uploads", password_cost="low",
        )
    )  # fmt: skip
    compiled_templates = shared(folder.parent) / "templates"
    compiled_templates.mkdir(exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled_templates))
    prepare(app)
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def app(database, once, tmp_path_factory):
    return once.get(("app", database), lambda: application(database, tmp_path_factory.mktemp("instance")))


def forget_last_request(_app, **_more):
    """The tests' own application context stays open, so `g` would carry one request's caller into the next."""
    vars(g._get_current_object()).clear()


@contextmanager
def standing(app: Flask) -> Iterator[None]:
    """Let the code commit as it likes inside an outer transaction, which is rolled back at the end."""
    with app.app_context():
        engine = db.engine
        connection = engine.connect()
        outer = connection.begin()
        db.engines[None] = connection
        db.session.session_factory.configure(join_transaction_mode="create_savepoint")
    try:
        yield
    finally:
        with app.app_context():
            outer.rollback()
            connection.close()
            db.engines[None] = engine


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside, committed or not, has not happened. Within `standing`, with the application's context."""
    connection: Any = db.engines[None]
    db.session.remove()
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        db.session.remove()
        savepoint.rollback()


@pytest.fixture(autouse=True)
def rolled_back(request):
    """Every test that has the application begins with an empty database."""
    if "app" not in request.fixturenames and "client" not in request.fixturenames:
        yield
        return
    app = request.getfixturevalue("app")
    with standing(app), app.app_context(), request_started.connected_to(forget_last_request):
        yield
        db.session.remove()
        OUTBOX_SEEN.clear()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch):
    """No test reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "localhost", "::1"}:
            raise AssertionError(f"a test called {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
