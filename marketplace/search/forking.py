"""Refuses the engine in the child of a process that has used it: there it may wait for ever for a lock nobody holds."""

import os

_used_by: int | None = None


class UsedBeforeFork(RuntimeError):
    """Nothing is wrong with the index: this process must not touch it. Start it anew instead of forking it."""


def claim() -> None:
    """Called before the engine opens anything; raises UsedBeforeFork when the process this one was forked from has used it."""
    global _used_by
    if _used_by not in (None, os.getpid()):
        raise UsedBeforeFork(
            f"the text index was used in process {_used_by} before it forked process {os.getpid()}; "
            "open it after the fork only, or start the process with spawn or exec"
        )
    _used_by = os.getpid()


def used() -> bool:
    """Whether this process, or one it was forked from, has used the engine."""
    return _used_by is not None
