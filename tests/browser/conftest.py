"""A started server and a browser for all tests of a session; without Chromium they are skipped."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.server import Server
from tests.browser.visitor import Visitor

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent == HERE:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser():
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server(browser: Browser, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("browser"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def visitor(browser: Browser, server: Server, tmp_path):
    """Makes visitors, and closes their windows at the end; what each saw last is kept as a picture."""
    made: list[Visitor] = []

    def make(**options) -> Visitor:
        made.append(Visitor(browser, server.url, **options))
        return made[-1]

    yield make
    for number, each in enumerate(made):
        each.page.screenshot(path=tmp_path / f"last-{number}.png", full_page=True)
        each.leave()
