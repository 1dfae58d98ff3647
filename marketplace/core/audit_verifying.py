"""Checking the chain against itself, its head and the signed checkpoints, in one pass and with constant memory."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from marketplace.core.audit import HEAD, CheckpointLog
from marketplace.core.audit_chain import GENESIS
from marketplace.core.audit_checkpoints import Forged, Line, marks, read
from marketplace.core.audit_faults import Fault, Kind, Stored, diagnosed, is_whole, later_work, rows_in_order
from marketplace.core.db import db, end_reading, snapshot


@dataclass(slots=True)
class Report:
    """``checkpoint`` is the newest line that could be used; ``faults`` begin with the lowest seq."""

    rows: int = 0
    hash: str = GENESIS
    checkpoint: Line | None = None
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    def facts(self) -> dict[str, Any]:
        line = self.checkpoint
        return {
            "ok": self.ok, "rows": self.rows, "hash": self.hash,
            "checkpoint": {"line": line.line, "seq": line.seq, "hash": line.hash, "at": line.at} if line else None,
            "first_bad_seq": self.faults[0].seq if self.faults else None,
            "faults": [asdict(fault) for fault in self.faults], "notes": self.notes,
        }  # fmt: skip


def verify(path: Path, key: Ed25519PublicKey | None, *, whole: bool) -> Report:
    """Check every row. ``key`` is None when there is no file of checkpoints; ``whole`` says that the file is the one we write,
    so that lines missing at its end are a fault. Not inside a transaction.
    """
    report = Report()
    end_reading()
    known = _lines_known() if whole else []  # before the file is read, which may only be ahead of it then
    accepted: list[tuple[int, int]] = []
    if key is not None:  # before the rows are read, which may only be ahead of the file then
        try:
            for line in read(path, key):
                report.checkpoint = line
                if line.kind == "rollback":
                    accepted.append((line.line, line.seq))
                    report.notes.append(f"Line {line.line} of {line.at} accepts that the database went back from row {line.start} to row {line.seq}.")
        except Forged as forged:
            report.faults.append(Fault(Kind.FORGED, forged.seq, f"Line {forged.line} of the checkpoints: {forged.why}."))
    usable = report.checkpoint.line if report.checkpoint else 0
    stated = marks(read(path, key, until=usable), accepted) if key is not None and usable else iter(())
    try:
        snapshot()
        _walk(report, stated)
    finally:
        end_reading()
    _check_lines(report, known)
    report.faults.sort(key=lambda fault: fault.seq)
    _say_what_is_not_signed(report)
    return report


def _walk(report: Report, stated: Iterator[tuple[int, str]]) -> None:
    """Every row against the row before it and against what was signed; the first that is wrong ends the walk."""
    mark, rows = next(stated, None), rows_in_order()
    row, last = next(rows, None), None
    while row is not None:
        following, seq = next(rows, None), report.rows + 1
        while mark is not None and mark[0] < seq:
            mark = next(stated, None)
        signed = mark is None or mark[0] != seq or row["hash"].startswith(mark[1])
        if row["seq"] != seq or row["prev_hash"] != report.hash or not is_whole(row, seq) or not signed:
            report.faults.append(diagnosed(row, before=report.hash, seq=seq, following=following))
            return
        report.rows, report.hash, last, row = seq, row["hash"], row, following
    signed_to = max((seq for seq, _ in (*((mark,) if mark else ()), *stated)), default=0)
    head = db.session.execute(select(HEAD.c.seq, HEAD.c.hash).where(HEAD.c.id == 1)).one_or_none()
    _check_end(report, tuple(head) if head is not None else None, last=last, signed_to=signed_to)


def _check_end(report: Report, head: tuple[int, str] | None, *, last: Stored | None, signed_to: int) -> None:
    """What the head says, and whether rows that were signed are still there."""
    ends, lost = report.rows, report.rows + 1
    if signed_to > ends:
        signs = [f"the head still names row {head[0]}"] if head is not None and head[0] > ends else []
        signs += [f"there is later work in {table}"] if (table := later_work(last)) else []
        seen = f"Row {signed_to} was signed, the chain ends at row {ends}"
        if signs:
            report.faults.append(Fault(Kind.CUT_OFF, lost, f"{seen}, and {' and '.join(signs)}."))
        else:
            report.faults.append(Fault(Kind.ROLLED_BACK, lost, f"{seen}, and so does everything else: an older backup was put back."))
    elif head is None:
        report.faults.append(Fault(Kind.HEAD_CHANGED, ends, "The row of the head is gone."))
    elif head[0] > ends:
        report.faults.append(Fault(Kind.CUT_OFF, lost, f"The head names row {head[0]}, but the chain ends at row {ends}."))
    elif head[0] < ends:
        report.faults.append(Fault(Kind.HEAD_CHANGED, head[0] + 1, f"The head names row {head[0]}, but the chain goes on to row {ends}."))
    elif head[1] != report.hash:
        report.faults.append(Fault(Kind.HEAD_CHANGED, ends, f"The head's hash is not that of row {ends}."))


def _lines_known() -> list[tuple[str, int, int]]:
    """(log, lines, seq): what the database remembers of the file that we write."""
    found = [(str(log.id), log.lines, log.seq) for log in db.session.scalars(select(CheckpointLog))]
    end_reading()
    return found


def _check_lines(report: Report, known: list[tuple[str, int, int]]) -> None:
    line = report.checkpoint
    if any(fault.kind is Kind.FORGED for fault in report.faults):
        return
    for log, lines, seq in known:
        if line is None or line.log != log:
            report.faults.append(Fault(Kind.MISSING, 1, f"{lines} lines of checkpoints were written up to row {seq}; they are not here."))
        elif line.line < lines:
            report.faults.append(Fault(Kind.FORGED, line.seq + 1, f"{lines} lines were written; the file ends after line {line.line}."))


def _say_what_is_not_signed(report: Report) -> None:
    if report.checkpoint is None:
        report.notes.append("There is no checkpoint: the chain was checked against itself only, and whoever rewrote all of it is not found.")
    elif report.ok and report.rows > report.checkpoint.seq:
        report.notes.append(f"Rows {report.checkpoint.seq + 1} to {report.rows} are newer than the last checkpoint of {report.checkpoint.at}.")
