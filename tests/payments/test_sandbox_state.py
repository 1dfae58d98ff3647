"""What the sandbox keeps over a restart, and the command that serves it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from marketplace.payments.sandbox import Sandbox, StateUnreadable
from tests.payments.sandbox_shop import KEY, ORDER, SECRET, Shop, ask, read
from tests.payments.sandbox_shop import sandbox as sandbox
from tests.payments.sandbox_shop import shop as shop


def test_a_restart_keeps_sessions_answers_and_undelivered_events(shop: Shop, tmp_path: Path) -> None:
    state = tmp_path / "stripe.json"
    with Sandbox(state=state) as before:
        session = ask(f"{before.url}/v1/checkout/sessions", ORDER, Idempotency_Key="hold-7", **KEY).json
        before.account.pay(session["id"])
    with Sandbox(state=state, webhook_url=shop.url, webhook_secret=SECRET) as after:
        assert after.wait_until_quiet()
        assert "checkout.session.completed" in shop.types()
        assert read(after, f"checkout/sessions/{session['id']}")["payment_status"] == "paid"
        again = ask(f"{after.url}/v1/checkout/sessions", ORDER, Idempotency_Key="hold-7", **KEY).json
        assert again["id"] == session["id"]
    with Sandbox(state=state, webhook_url=shop.url, webhook_secret=SECRET) as third:
        assert third.wait_until_quiet() and not third.deliveries


@pytest.mark.parametrize("text", ["", "{", "[]", '{"objects": {}}', '{"objects": 5, "answers": {}}'])
def test_a_damaged_state_file_is_named_and_left_alone(tmp_path: Path, text: str) -> None:
    state = tmp_path / "stripe.json"
    state.write_text(text)
    with pytest.raises(StateUnreadable, match=r"stripe\.json"):
        Sandbox(state=state)
    assert state.read_text() == text


def test_a_write_that_fails_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "stripe.json"
    with Sandbox(state=state) as sandbox:
        sandbox.emit("price.created", {"id": "price_1"})
        kept = state.read_text()
        with pytest.raises(TypeError):
            sandbox.emit("price.broken", {"id": object()})
        assert state.read_text() == kept
        sandbox.account.store.objects["event"].popitem()




def run(*options: str, stop: Callable[[str], None]) -> tuple[int, str]:
    command = [sys.executable, "-m", "marketplace.payments.sandbox", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        if line:
            stop(line)
            process.send_signal(signal.SIGTERM)
        error = process.stderr.read()
    return process.returncode, error


def test_the_command_serves_until_it_is_terminated(tmp_path: Path) -> None:
    def use(line: str) -> None:
        url = line.split()[-1]
        assert ask(f"{url}/v1/checkout/sessions", ORDER, **KEY).status == 200

    state = tmp_path / "stripe.json"
    assert run("--port", "0", "--state", str(state), stop=use) == (0, "")
    assert json.loads(state.read_text())["objects"]["checkout.session"]


def test_the_command_says_why_it_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    status, error = run("--port", "0", "--state", str(tmp_path / "bad.json"), stop=lambda line: None)
    assert status == 1 and "bad.json" in error
