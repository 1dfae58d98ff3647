"""The environment of a start on one machine: what the person set, completed by what a laptop needs."""

import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

from config import ROOT

SANDBOX_KEY = "sk_test_sandbox"


def completed(environ: Mapping[str, str], *, port: int, workers: int, sandbox_port: int) -> dict[str, str]:
    """The person's environment with every missing setting added: secrets of this machine, addresses, the Stripe sandbox."""
    folder = Path(environ.get("INSTANCE_DIR") or ROOT / "instance")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = {name: value for name, value in environ.items() if value}
    defaults = {
        "INSTANCE_DIR": str(folder),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": str(workers),
        "PYTHONUNBUFFERED": "1",
    }
    if "SECRET_KEY" not in found:
        defaults["SECRET_KEY"] = kept_secret(folder / "secret.key")
    if "STRIPE_API_KEY" not in found:
        found["STRIPE_API_KEY"] = SANDBOX_KEY
        found["STRIPE_API_BASE"] = f"http://127.0.0.1:{sandbox_port}"
        found["STRIPE_WEBHOOK_SECRET"] = "whsec_" + kept_secret(folder / "stripe-webhook.key")
    return defaults | found


def kept_secret(path: Path) -> str:
    """A random text that is made once and readable by the owner only."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(preferred: int) -> int:
    """The preferred port when it is free, else one the system chooses."""
    if preferred < 65536 and is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
