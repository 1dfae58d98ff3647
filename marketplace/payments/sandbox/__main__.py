"""``python -m marketplace.payments.sandbox``: serve the sandbox until interrupted or terminated."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from marketplace.payments.sandbox.server import Sandbox
from marketplace.payments.sandbox.store import StateUnreadable
from marketplace.payments.sandbox.webhooks import Switches


def arguments() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = argparse.ArgumentParser(prog="python -m marketplace.payments.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--webhook-url", help="where signed events go; without it they are only listed")
    parser.add_argument(
        "--webhook-secret",
        default=os.environ.get("STRIPE_WEBHOOK_SECRET"),
        help="secret to sign with (default: the STRIPE_WEBHOOK_SECRET of the environment)",
    )
    parser.add_argument("--state", type=Path, help="JSON file that keeps sessions and events over restarts")
    parser.add_argument("--duplicate", action="store_true", help="deliver each event twice")
    parser.add_argument("--reorder", action="store_true", help="deliver neighbouring events newest first")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="deliver events this much later")
    parser.add_argument("--decline", action="store_true", help="decline every card")
    return parser


def main() -> int:
    """Serve until told to stop; 1 when the sandbox cannot start."""
    options = arguments().parse_args()
    switches = Switches(
        duplicate=options.duplicate,
        reorder=options.reorder,
        delay_seconds=options.delay,
        decline=options.decline,
    )
    stop = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stop.set())
    try:
        sandbox = Sandbox(
            port=options.port,
            webhook_url=options.webhook_url,
            webhook_secret=options.webhook_secret,
            state=options.state,
            switches=switches,
        )
    except (StateUnreadable, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    with sandbox:
        print(f"Stripe sandbox (no real money) on {sandbox.url}", flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
