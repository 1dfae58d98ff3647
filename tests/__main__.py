"""`python -m tests`: the whole suite on every database this machine has; says at the end what was left out, and why.

With CI=true nothing may be left out: what is missing, or skipped by a test, is a failure.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.postgresql import binaries


@dataclass(frozen=True)
class Need:
    """A program that part of the suite needs: what goes without it, how to get it, the marker of its tests."""

    name: str
    part: str
    package: str
    found: Callable[[], bool]
    marker: str | None = None


def _postgresql() -> bool:
    try:
        return bool(binaries())
    except FileNotFoundError:
        return False


NEEDS = (
    Need("PostgreSQL", "every test on PostgreSQL; SQLite was tested", "postgresql", _postgresql),
    Need("Chromium", "the browser tests", "chromium", lambda: shutil.which("chromium") is not None, "browser"),
    Need("Redis", "the tests of a shared broker", "redis-server", lambda: shutil.which("redis-server") is not None, "redis"),
)


class Leftovers:
    """Says at the end what tests measured, and what did not run; in CI the latter fails the run."""

    def __init__(self, missing: list[Need], *, strict: bool):
        self.missing, self.strict = missing, strict
        self.skipped: list[str] = []
        self.told: list[str] = []

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)
        if report.when == "call":
            self.told += [str(value) for name, value in report.user_properties if name == "summary"]

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.strict and self.skipped and exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in self.told:
            terminalreporter.line(line)
        terminalreporter.section("left out")
        for need in self.missing:
            terminalreporter.line(f"{need.part}: {need.name} is not installed (Debian: apt-get install {need.package})")
        for name in self.skipped:
            terminalreporter.line(f"skipped: {name}")
        if not (self.missing or self.skipped):
            terminalreporter.line("nothing")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("--processes", default="2", help="how many at once (default 2; 0 for one, with its output shown)")
    options, more = parser.parse_known_args()
    missing = [need for need in NEEDS if not need.found()]
    strict = os.environ.get("CI", "").lower() in {"1", "true"}
    if strict and missing:
        print("Missing in CI: " + ", ".join(need.name for need in missing), file=sys.stderr)
        return 1
    os.environ["TEST_DATABASES"] = "sqlite" if any(need.name == "PostgreSQL" for need in missing) else "sqlite,postgresql"
    arguments = ["--numprocesses", options.processes, "--dist", "load", *more]
    if left_out := [need.marker for need in missing if need.marker]:
        arguments += ["-m", " and ".join(f"not {marker}" for marker in left_out)]
    return pytest.main(arguments, plugins=[Leftovers(missing, strict=strict)])


if __name__ == "__main__":
    sys.exit(main())
