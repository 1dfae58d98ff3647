"""A throw-away PostgreSQL cluster on loopback, from Debian's binaries; as root it runs as the user `postgres`."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


def binaries() -> Path:
    """The newest installed server's folder. Raises FileNotFoundError."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise FileNotFoundError("PostgreSQL's server is not installed (Debian: apt-get install postgresql)")
    return found[-1].parent


def _run(*command: object, folder: Path) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *words]
    subprocess.run(words, check=True, capture_output=True, cwd=folder, env={**os.environ, "LC_ALL": "C.UTF-8"})


@contextlib.contextmanager
def cluster(*, durable: bool = False):
    """Yields the port. ``durable`` keeps fsync on, for crash tests."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    bin_ = binaries()
    _run(bin_ / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", folder=folder)
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c max_connections=200 -c shared_buffers=64MB -c jit=off"
    if not durable:
        options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    _run(bin_ / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start", folder=folder)
    try:
        yield port
    finally:
        _run(bin_ / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop", folder=folder)
        shutil.rmtree(folder, ignore_errors=True)
