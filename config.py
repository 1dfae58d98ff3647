"""Settings: read from the environment once, typed, and refused all at once when they cannot work together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent
WEAK_SECRETS = {"dev", "secret", "changeme", "change-me", "development", "test", "password"}


class BadSettings(Exception):
    """The environment does not make a working configuration; the message names every fault, one a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One configuration of the product. `from_env` reads it; tests build it directly."""

    production: bool = False
    debug: bool = False
    testing: bool = False
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    broker_url: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    public_url: str = "http://127.0.0.1:5000"
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "fair@localhost"
    stripe_api_key: str | None = field(default=None, repr=False)
    stripe_api_base: str | None = None
    stripe_webhook_secret: str | None = field(default=None, repr=False)
    index_dir: Path = ROOT / "instance" / "index"
    upload_dir: Path = ROOT / "instance" / "uploads"
    checkpoint_dir: Path | None = None
    checkpoint_key: Path | None = None
    checkpoint_seconds: float = 30
    metrics_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    proxy_hops: int = 0
    sample_data: bool = False
    password_cost: str = "normal"
    jobs_in_process: bool = True
    keep_answers: bool = False

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """Raises BadSettings, naming every missing or weak setting at once."""
        production = environ.get("APP_ENV", "development") == "production"
        faults = list(_faults(environ, production))
        if faults:
            raise BadSettings("\n".join(faults))
        instance = Path(environ.get("INSTANCE_DIR", ROOT / "instance"))
        return cls(
            production=production,
            debug=_truth(environ.get("FLASK_DEBUG")),
            secret_key=environ.get("SECRET_KEY") or "development-only-key-never-for-production",
            database_url=environ.get("DATABASE_URL") or f"sqlite:///{instance / 'marketplace.db'}",
            broker_url=environ.get("BROKER_URL") or environ.get("REDIS_URL") or None,
            redis_url=environ.get("REDIS_URL") or None,
            public_url=(environ.get("PUBLIC_URL") or "http://127.0.0.1:5000").rstrip("/"),
            smtp_url=environ.get("SMTP_URL") or None,
            mail_from=environ.get("MAIL_FROM") or "fair@localhost",
            stripe_api_key=environ.get("STRIPE_API_KEY") or None,
            stripe_api_base=environ.get("STRIPE_API_BASE") or None,
            stripe_webhook_secret=environ.get("STRIPE_WEBHOOK_SECRET") or None,
            index_dir=Path(environ.get("INDEX_DIR") or instance / "index").absolute(),
            upload_dir=Path(environ.get("UPLOAD_DIR") or instance / "uploads").absolute(),
            checkpoint_dir=Path(environ.get("CHECKPOINT_DIR") or instance / "checkpoints").absolute(),
            checkpoint_key=Path(environ["CHECKPOINT_KEY"]).absolute() if environ.get("CHECKPOINT_KEY") else None,
            checkpoint_seconds=float(environ.get("CHECKPOINT_SECONDS") or 30),
            metrics_networks=tuple((environ.get("METRICS_NETWORKS") or "127.0.0.0/8 ::1/128").split()),
            proxy_hops=int(environ.get("PROXY_HOPS") or 0),
            sample_data=_truth(environ.get("SAMPLE_DATA")),
            password_cost=environ.get("PASSWORD_COST") or "normal",
            keep_answers=_truth(environ.get("KEEP_ANSWERS", "1")),
            jobs_in_process=not (environ.get("BROKER_URL") or environ.get("REDIS_URL")),
        )

    def flask(self) -> dict[str, object]:
        """The settings under the names that Flask and its extensions read."""
        secure = self.public_url.startswith("https://")
        return {
            "SETTINGS": self,
            "TESTING": self.testing,
            "DEBUG": self.debug,
            "SECRET_KEY": self.secret_key,
            "SQLALCHEMY_DATABASE_URI": sqlalchemy_url(self.database_url),
            "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
            "SESSION_COOKIE_SECURE": secure,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
            "MAX_CONTENT_LENGTH": 24 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
            "MAX_FORM_PARTS": 1000,
            "TRUSTED_HOSTS": [urlsplit(self.public_url).hostname] if self.production else None,
            "WTF_CSRF_TIME_LIMIT": None,
            "WTF_CSRF_CHECK_DEFAULT": False,
            "BOOTSTRAP_SERVE_LOCAL": True,
            "BABEL_DEFAULT_LOCALE": "en",
            "BABEL_DEFAULT_TIMEZONE": "UTC",
            "RATELIMIT_STORAGE_URI": self.redis_url or "memory://",
            "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1} if self.redis_url else {},
            "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": bool(self.redis_url),
            "RATELIMIT_HEADERS_ENABLED": True,
            "API_TITLE": "Technology-trading marketplace",
            "API_VERSION": "v1",
            "OPENAPI_VERSION": "3.1.0",
        }


def sqlalchemy_url(url: str) -> str:
    """`postgres://` and `postgresql://` both mean the psycopg 3 driver."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _truth(value: str | None) -> bool:
    return (value or "").strip().lower() in {"1", "true", "yes", "on"}


def _seconds(value: str) -> bool:
    try:
        return 0.1 <= float(value) <= 60
    except ValueError:
        return False


def _faults(environ: Mapping[str, str], production: bool) -> list[str]:
    """One sentence for each setting that is missing, weak or contradictory."""
    faults = []
    if environ.get("APP_ENV", "development") not in {"development", "production"}:
        faults.append("APP_ENV must be development or production.")
    if environ.get("STRIPE_API_KEY") and not environ.get("STRIPE_WEBHOOK_SECRET"):
        faults.append("STRIPE_WEBHOOK_SECRET is missing: without it no payment can be confirmed.")
    if environ.get("PASSWORD_COST") == "low" and production:
        faults.append("PASSWORD_COST=low is for tests only.")
    if not _seconds(environ.get("CHECKPOINT_SECONDS") or "30"):
        faults.append("CHECKPOINT_SECONDS must be between 0.1 and 60: a checkpoint is never later than a minute.")
    if not (environ.get("PROXY_HOPS") or "0").isdigit():
        faults.append("PROXY_HOPS must be the number of proxies in front, such as 1.")
    if not production:
        return faults
    for name in ("SECRET_KEY", "DATABASE_URL", "PUBLIC_URL", "SMTP_URL"):
        if not environ.get(name):
            faults.append(f"{name} is missing.")
    secret = environ.get("SECRET_KEY") or ""
    if secret and (len(secret) < 32 or secret.lower() in WEAK_SECRETS or len(set(secret)) < 10):
        faults.append("SECRET_KEY is too weak: use at least 32 random characters.")
    if environ.get("PUBLIC_URL") and not environ["PUBLIC_URL"].startswith("https://"):
        faults.append("PUBLIC_URL must begin with https:// in production.")
    if _truth(environ.get("FLASK_DEBUG")):
        faults.append("FLASK_DEBUG must be off in production.")
    return faults
