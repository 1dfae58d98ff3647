"""A start on one machine completes the person's settings and never overrules them."""

import os
import socket

import pytest

from config import Config
from marketplace.serving.environment import completed, free_port, is_free


def complete(folder, **environ):
    return completed({"INSTANCE_DIR": str(folder), **environ}, port=5005, workers=3, sandbox_port=5006)


def test_an_empty_environment_becomes_a_working_one(tmp_path):
    settings = Config.from_env(complete(tmp_path))
    assert settings.public_url == "http://127.0.0.1:5005"
    assert settings.stripe_api_base == "http://127.0.0.1:5006"
    assert settings.stripe_webhook_secret.startswith("whsec_")
    assert len(settings.secret_key) >= 32


def test_secrets_are_made_once_and_are_nobody_elses(tmp_path):
    first, second = complete(tmp_path / "a"), complete(tmp_path / "a")
    assert first == second
    assert complete(tmp_path / "b")["SECRET_KEY"] != first["SECRET_KEY"]
    for name in ("secret.key", "stripe-webhook.key"):
        assert os.stat(tmp_path / "a" / name).st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["SECRET_KEY", "PUBLIC_URL", "BIND", "WEB_CONCURRENCY", "DATABASE_URL"])
def test_what_the_person_set_stays(tmp_path, name):
    assert complete(tmp_path, **{name: "mine"})[name] == "mine"


def test_an_empty_setting_counts_as_not_set(tmp_path):
    assert complete(tmp_path, PUBLIC_URL="")["PUBLIC_URL"] == "http://127.0.0.1:5005"


def test_a_key_of_stripes_own_keeps_the_sandbox_out(tmp_path):
    environ = complete(tmp_path, STRIPE_API_KEY="sk_test_own", STRIPE_WEBHOOK_SECRET="whsec_own")
    assert environ["STRIPE_API_KEY"] == "sk_test_own"
    assert environ["STRIPE_WEBHOOK_SECRET"] == "whsec_own"
    assert "STRIPE_API_BASE" not in environ


def test_a_port_in_use_is_not_free_and_another_is_found():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        other = free_port(port)
        assert other != port
        assert is_free(other)
        assert free_port(other) == other
