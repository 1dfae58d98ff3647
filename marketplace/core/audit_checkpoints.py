"""The file of signed checkpoints, outside the database: one line of JSON each, with its number and the hash of the line before.

A line states the end of the chain (``seq``, ``hash``) and the first eight hexadecimal digits of the hash of each row since the line
before (``rows``), so that a rewritten chain is not only noticed but the first rewritten row is named.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from config import Config
from marketplace.core.audit_chain import GENESIS

MARK = 8  # hexadecimal digits of a row's hash in a line
LONGEST = 64 * 1024  # bytes of a line, at most


class CheckpointError(Exception):
    """The file or the key of the checkpoints cannot be used; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """``kind`` is 'checkpoint', or 'rollback' when somebody accepted that the database ends at ``seq`` again.

    ``rows`` are the marks of the rows ``start`` to ``seq``; of a rollback it is empty and ``start`` is the seq that was reached before.
    """

    log: str
    line: int
    kind: str
    at: str
    start: int
    seq: int
    hash: str
    rows: str
    prev: str
    signature: str = ""

    def signed_text(self) -> bytes:
        facts = asdict(self)
        del facts["signature"]
        return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)

    def text(self) -> bytes:
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)

    def digest(self) -> str:
        return hashlib.sha256(self.text()).hexdigest()

    def signed(self, key: Ed25519PrivateKey) -> "Line":
        return replace(self, signature=key.sign(self.signed_text()).hex())


class Forged(Exception):
    """A line is not what was written: its number, the first seq that is no longer covered, and what is wrong."""

    def __init__(self, line: int, seq: int, why: str):
        super().__init__(line, seq, why)
        self.line, self.seq, self.why = line, seq, why


def folder(settings: Config) -> Path:
    return settings.checkpoint_dir or settings.upload_dir.parent / "checkpoints"


def file(settings: Config) -> Path:
    return folder(settings) / "checkpoints.jsonl"


def key_file(settings: Config) -> Path:
    return settings.checkpoint_key or folder(settings) / "signing.key"


@contextmanager
def locked(settings: Config, *, wait: bool) -> Iterator[bool]:
    """Only one process at a time writes lines. Without ``wait``, False when another one does."""
    folder(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder(settings) / "lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def signing_key(settings: Config) -> Ed25519PrivateKey:
    """The key of this installation, made at first use, readable by its owner only. Under the lock. Raises CheckpointError."""
    path = key_file(settings)
    if not path.exists():
        if file(settings).exists():
            raise CheckpointError(f"{path} is missing, but there are lines that it signed: put the key back.")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(made)
            os.fsync(target.fileno())
    if path.stat().st_mode & 0o077:
        raise CheckpointError(f"{path} can be read by others: chmod 600.")
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise CheckpointError(f"{path} is no Ed25519 key.")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """An auditor's copy of the public key. Raises CheckpointError."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} is no public key.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise CheckpointError(f"{path} is no Ed25519 key.")
    return key


def public_text(key: Ed25519PublicKey) -> str:
    """The public key as an auditor keeps it."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def last(path: Path) -> Line | None:
    """The newest whole line, not checked. Raises CheckpointError when it cannot be read."""
    if not path.exists():
        return None
    with path.open("rb") as source:
        source.seek(max(0, source.seek(0, os.SEEK_END) - 2 * LONGEST))
        whole = source.read().split(b"\n")[:-1]  # what follows the last line feed was cut off by a crash
    return _line(whole[-1]) if whole else None


def _line(text: bytes) -> Line:
    try:
        facts: dict[str, Any] = orjson.loads(text)
        return Line(**facts)
    except (ValueError, TypeError) as error:
        raise CheckpointError("a line of the checkpoints cannot be read") from error


def append(path: Path, lines: list[Line]) -> None:
    """Put lines on the disk, after the last whole one. Under the lock."""
    new = not path.exists()
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as target:
        size = target.seek(0, os.SEEK_END)
        target.seek(max(0, size - 2 * LONGEST))
        torn = len(target.read().rsplit(b"\n", 1)[-1])
        target.truncate(size - torn)
        target.seek(size - torn)
        target.write(b"".join(line.text() + b"\n" for line in lines))
        target.flush()
        os.fsync(target.fileno())
    if new:
        parent = os.open(path.parent, os.O_RDONLY)
        os.fsync(parent)
        os.close(parent)


def read(path: Path, key: Ed25519PublicKey, *, until: int | None = None) -> Iterator[Line]:
    """Every whole line, checked against its signature and the line before. Raises Forged at the first that is not right."""
    before, covered, number = GENESIS, 0, 0
    with path.open("rb") as source:
        for text in source:
            if not text.endswith(b"\n") or (until is not None and number >= until):
                return
            number += 1
            try:
                line = _line(text[:-1])
                key.verify(bytes.fromhex(line.signature), line.signed_text())
            except (CheckpointError, ValueError, TypeError):
                raise Forged(number, covered + 1, "it cannot be read") from None
            except InvalidSignature:
                raise Forged(number, covered + 1, "its signature is not ours: the line was edited or made by somebody else") from None
            if line.text() != text[:-1]:
                raise Forged(number, covered + 1, "it was written otherwise than we write")
            if line.line != number or line.prev != before:
                raise Forged(number, covered + 1, "a line before it was removed, or lines were put in another order")
            before, covered = line.digest(), line.seq
            yield line


def rollbacks(lines: Iterable[Line]) -> list[tuple[int, int]]:
    """(number, seq) of the lines that accept a database that ends at ``seq`` again."""
    return [(line.line, line.seq) for line in lines if line.kind == "rollback"]


def marks(lines: Iterable[Line], accepted: Sequence[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """(seq, beginning of its hash) for each row that is stated and not given up by an accepted rollback, in order.

    For the last row of a line it is the whole hash.
    """
    for line in lines:
        end = min((seq for number, seq in accepted if number > line.line), default=line.seq)
        for place, seq in enumerate(range(line.start, min(end, line.seq) + 1) if line.kind == "checkpoint" else ()):
            yield seq, line.hash if seq == line.seq else line.rows[place * MARK : (place + 1) * MARK]
