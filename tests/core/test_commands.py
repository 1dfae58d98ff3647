"""The worker's command: what it starts Celery with."""

from dataclasses import replace

import pytest

pytestmark = pytest.mark.one_database


@pytest.fixture
def started(app, monkeypatch):
    """With which words Celery is started."""
    seen: list[list[str]] = []
    monkeypatch.setattr(app.extensions["celery"], "worker_main", seen.append)
    return seen


def run(app, monkeypatch, *words, broker_url):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], broker_url=broker_url))
    return app.test_cli_runner().invoke(args=["worker", *words])


def test_the_clock_of_a_worker_keeps_no_file(app, monkeypatch, started):
    """Celery's own clock keeps its schedule in a file and replaces what stands there: ours is in the code and needs none."""
    assert run(app, monkeypatch, "--concurrency", "2", broker_url="redis://127.0.0.1:1/0").exit_code == 0
    [words] = started
    assert "--beat" in words
    assert words[words.index("--scheduler") + 1] == "celery.beat:Scheduler"
    assert not {"--schedule", "-s"} & set(words)
    assert words[-2:] == ["--concurrency", "2"]


def test_without_a_broker_there_is_nothing_to_work_on(app, monkeypatch, started):
    result = run(app, monkeypatch, broker_url=None)
    assert (result.exit_code, started) == (1, [])
    assert "BROKER_URL is not set" in result.output
