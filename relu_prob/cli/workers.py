"""Processes that share a simulation. They import this module, which is why it imports so little."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor


@contextmanager
def workers(jobs: int) -> Iterator[Executor | None]:
    """An executor of ``jobs`` processes; None for one job, which this process does itself."""
    if jobs == 1:
        yield None
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # not forked: a fork of a process with threads can deadlock
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_leave_interrupts_to_the_parent) as executor:
        yield executor


def _leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches every process of a terminal; one that dies of it would print a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
