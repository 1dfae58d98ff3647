"""`python -m marketplace.serving`: the whole product on this machine, on loopback, until Ctrl-C. `make run` calls it."""

import argparse
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from marketplace.serving.environment import SANDBOX_KEY, completed, free_port, is_free
from marketplace.serving.processes import Group

START_SECONDS = 60
WEBHOOK_PATH = "/webhooks/stripe"


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m marketplace.serving", description=__doc__)
    parser.add_argument("--port", type=int, default=5000, help="port on 127.0.0.1 (default 5000)")
    parser.add_argument("--workers", type=int, default=2, help="web processes (default 2)")
    parser.add_argument("--empty", action="store_true", help="no sample fairs, but a platform administrator")
    return parser


def start_all(group: Group, environ: dict[str, str], *, port: int, sandbox_port: int) -> None:
    """The Stripe sandbox unless a key of Stripe's was given, a job worker when there is a broker, the web server."""
    python = sys.executable
    if environ["STRIPE_API_KEY"] == SANDBOX_KEY:
        state = Path(environ["INSTANCE_DIR"]) / "stripe-sandbox.json"
        webhook = f"http://127.0.0.1:{port}{WEBHOOK_PATH}"
        command = [python, "-m", "marketplace.payments.sandbox", "--port", str(sandbox_port), "--webhook-url", webhook]
        group.start("The Stripe sandbox", [*command, "--state", str(state)], environ=environ)
    if environ.get("BROKER_URL") or environ.get("REDIS_URL"):
        group.start("The job worker", [python, "-m", "flask", "--app", "wsgi", "worker"], environ=environ)
    web = [python, "-m", "gunicorn", "--config", "python:marketplace.serving.gunicorn", "wsgi:app"]
    group.start("The web server", web, environ=environ)


def answers(url: str) -> bool:
    """Whether the server answers at all, whatever it says."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # nosec B310 - our own loopback address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def wait_until_up(group: Group, url: str) -> bool:
    """False when a process ended, a signal came, or nothing answered in time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and group.ended() is None:
        if answers(url):
            return True
        if group.asked_to_stop(0.2):
            return False
    return False


def keep(group: Group, url: str) -> int:
    """Say where it is, then wait for Ctrl-C: 0; 1 when a process ends by itself."""
    if not wait_until_up(group, url + "/healthz"):
        if group.asked_to_stop(0):
            return 0
        print(f"{group.ended() or 'The web server'} did not start; the reason is above.", file=sys.stderr)
        return 1
    print(f"\nOpen {url}    (Ctrl-C stops everything)", flush=True)
    while not group.asked_to_stop():
        if name := group.ended():
            print(f"{name} ended by itself; stopping the rest.", file=sys.stderr)
            return 1
    print("\nStopping.", flush=True)
    return 0


def main() -> int:
    options = arguments().parse_args()
    if not is_free(options.port):
        print(f"Port {options.port} is taken. Choose another: make run PORT={options.port + 100}", file=sys.stderr)
        return 1
    sandbox_port = free_port(options.port + 1)
    environ = completed(os.environ, port=options.port, workers=options.workers, sandbox_port=sandbox_port)
    prepare = [sys.executable, "-m", "marketplace.serving.prepare", *(["--empty"] if options.empty else [])]
    if (status := subprocess.run(prepare, env=environ, check=False).returncode) != 0:
        return status
    group = Group()
    group.stop_on_signals()
    try:
        start_all(group, environ, port=options.port, sandbox_port=sandbox_port)
        return keep(group, f"http://127.0.0.1:{options.port}")
    finally:
        group.stop()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
