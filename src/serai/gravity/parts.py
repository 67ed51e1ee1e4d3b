"""Exporters in a fixed number of parts, on as many threads as there are cores.

The parts are the same whatever the machine, and their sums are added in order, so the numbers do not depend
on the number of threads. Inside a worker process, where the others already use the cores, the parts run one
after the other.
"""

from __future__ import annotations

import contextvars
import multiprocessing
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from serai.executors import cores

PARTS = 4
_pool: ThreadPoolExecutor | None = None


def in_parts(count: int, work: Callable[[int, int, int], None]) -> None:
    """Call `work(part, low, high)` for each part of `count` exporters; `work` must release the lock.

    Every thread takes the next part that is left, so none waits for one that the system has not yet woken.
    """
    edges = [count * part // PARTS for part in range(PARTS + 1)]
    left = deque((part, edges[part], edges[part + 1]) for part in range(PARTS))

    def take() -> None:
        while True:
            try:
                piece = left.popleft()
            except IndexError:
                return
            work(*piece)

    helpers = _helpers()
    asked = (
        [_pool.submit(contextvars.copy_context().run, take) for _ in range(helpers)]
        if _pool is not None
        else []
    )
    take()
    for future in asked:
        if not future.cancel():
            future.result()


def _helpers() -> int:
    """Threads beside the calling one: none where they would only get in the way."""
    global _pool
    helpers = min(PARTS, cores()) - 1
    if helpers < 1 or multiprocessing.parent_process() is not None:
        return 0
    if _pool is None:
        _pool = ThreadPoolExecutor(helpers, thread_name_prefix="serai-gravity")
    return helpers


def _forget() -> None:
    """A forked process has no threads but its own."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
