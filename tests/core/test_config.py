"""Settings are read once and refused all at once; production refuses what only a laptop may have."""

import pytest

from config import BadSettings, Config, sqlalchemy_url

GOOD = {
    "APP_ENV": "production", "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz", "DATABASE_URL": "postgresql://fair@db/fair",
    "PUBLIC_URL": "https://fair.example", "SMTP_URL": "smtp://mail.example",
}  # fmt: skip


def faults(environ):
    with pytest.raises(BadSettings) as caught:
        Config.from_env(environ)
    return str(caught.value).splitlines()


def test_every_missing_setting_is_named_at_once():
    found = faults({"APP_ENV": "production"})
    assert found == [f"{name} is missing." for name in ("SECRET_KEY", "DATABASE_URL", "PUBLIC_URL", "SMTP_URL")]


def test_a_laptop_needs_no_settings(tmp_path):
    config = Config.from_env({"INSTANCE_DIR": str(tmp_path)})
    assert config.database_url == f"sqlite:///{tmp_path}/marketplace.db"
    assert config.jobs_in_process
    assert not config.production


def test_a_complete_production_is_accepted():
    config = Config.from_env(GOOD)
    assert config.production
    flask = config.flask()
    assert flask["SESSION_COOKIE_SECURE"] is True
    assert flask["SESSION_COOKIE_NAME"] == "__Host-session"
    assert flask["TRUSTED_HOSTS"] == ["fair.example"]


REFUSED = {
    "SECRET_KEY": ["short", "a" * 40, "changeme"],
    "PUBLIC_URL": ["http://fair.example"],
    "FLASK_DEBUG": ["1", "true"],
    "PASSWORD_COST": ["low"],
    "PROXY_HOPS": ["-1", "one"],
    "APP_ENV": ["prod"],
    "STRIPE_API_KEY": ["sk_test_1"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_a_setting_that_cannot_work_is_refused_by_name(name, value):
    found = faults(GOOD | {name: value})
    expected = "STRIPE_WEBHOOK_SECRET" if name == "STRIPE_API_KEY" else name
    assert any(line.startswith(expected) for line in found)


def test_several_faults_are_named_together():
    found = faults(GOOD | {"SECRET_KEY": "short", "FLASK_DEBUG": "1", "PUBLIC_URL": "http://fair.example"})
    assert len(found) == 3


def test_no_secret_shows_when_the_settings_are_printed():
    config = Config.from_env(GOOD | {"STRIPE_API_KEY": "sk_live_abc", "STRIPE_WEBHOOK_SECRET": "whsec_abc"})
    shown = repr(config)
    assert not any(secret in shown for secret in (GOOD["SECRET_KEY"], GOOD["DATABASE_URL"], "sk_live_abc", "whsec_abc", "mail.example"))


@pytest.mark.parametrize("url", ["postgres://h/d", "postgresql://h/d"])
def test_both_names_of_postgresql_mean_the_same_driver(url):
    assert sqlalchemy_url(url) == "postgresql+psycopg://h/d"


def test_a_broker_takes_the_jobs_out_of_the_process():
    config = Config.from_env({"REDIS_URL": "redis://localhost"})
    assert not config.jobs_in_process
    assert config.broker_url == "redis://localhost"


def test_a_folder_is_the_same_wherever_a_request_looks_for_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = Config.from_env({"UPLOAD_DIR": "files", "INSTANCE_DIR": "data"})
    assert (config.upload_dir, config.index_dir) == (tmp_path / "files", tmp_path / "data" / "index")
