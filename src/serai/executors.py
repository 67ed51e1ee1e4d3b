"""Where work runs: one thread for small linear algebra, one or several processes for draws.

The numbers are the same on every executor and for any number of workers: work is cut into pieces by
position, each piece knows its own draws, and results come back in order.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from threadpoolctl import ThreadpoolController

from serai.errors import MissingExtraError

T = TypeVar("T")
R = TypeVar("R")

_controller: ThreadpoolController | None = None
_pinned = False


@contextmanager
def one_thread() -> Iterator[None]:
    """Pin BLAS to one thread inside the block.

    On systems of a few hundred unknowns the default threads cost more than they give. The controller is
    made once: looking the libraries up again costs sixty times more than using it. Blocks may nest.
    """
    global _controller, _pinned
    if _pinned:
        yield
        return
    if _controller is None:
        _controller = ThreadpoolController()
    _pinned = True
    try:
        with _controller.limit(limits=1, user_api="blas"):
            yield
    finally:
        _pinned = False


class Executor(Protocol):
    """Maps a function over pieces of work and yields the results in order."""

    workers: int

    def map(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]: ...


class Serial:
    """One piece after the other, in this process."""

    workers = 1

    def map(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        yield from map(function, pieces)


class Processes:
    """Several processes on this machine; by default one a core.

    Workers are forked where the system can, so that the base world is shared and not copied.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or cores()

    def map(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        gc.freeze()  # what is here already stays shared: the collector of a worker does not touch it
        pool = ProcessPoolExecutor(
            self.workers, mp_context=_context(), initializer=_leave_with, initargs=(os.getpid(),)
        )
        try:
            yield from pool.map(function, pieces)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()
        gc.unfreeze()


@contextmanager
def aside(function: Callable[..., R], *given: Any) -> Iterator[Callable[[], R]]:
    """Run a function in a process of its own while the block goes on.

    The block gets a function that waits for the result, or raises what the other process raised. Leaving the
    block by an error does not wait.

    Examples
    --------
    >>> with aside(sum, [1, 2, 3]) as found:
    ...     found()
    6
    """
    pool = ProcessPoolExecutor(1, mp_context=_context(), initializer=_leave_with, initargs=(os.getpid(),))
    try:
        yield pool.submit(function, *given).result
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _context() -> Any:
    """Fork where the system can, so that what is here is shared and not copied."""
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    return multiprocessing.get_context(method)


def _leave_with(parent: int) -> None:
    """A worker ends when the process that started it is gone, however that ended."""
    keep_memory()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def keep_memory() -> None:
    """Ask the C library to keep freed memory instead of giving it back at once.

    Draws allocate and free the same few megabytes thousands of times; each time fresh pages would have to be
    cleared by the kernel, a fifth of the whole time. Does nothing where the library has no such switch.
    """
    try:
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)
        library.mallopt(_TRIM_THRESHOLD, _LARGEST_KEPT)
    except (AttributeError, OSError, TypeError):
        return


_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # names of glibc's malloc.h
_LARGEST_KEPT = 2**25  # the most that glibc takes


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def executor(workers: int | None = None) -> Executor:
    """The executor for a number of workers: serial for one, processes for more."""
    count = workers or cores()
    return Serial() if count == 1 else Processes(count)


class Dask:
    """A Dask cluster: `Dask(Client(...))`, or `Dask()` for one on this machine. Needs `serai[cluster]`.

    Pieces travel to the workers, so files they name must be readable there.
    """

    def __init__(self, client: Any = None, workers: int | None = None) -> None:
        self._owned = client is None
        self.client = client if client is not None else _local_client(workers or cores())
        self.workers = len(self.client.scheduler_info()["workers"])

    def map(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        for future in self.client.map(function, list(pieces), pure=False):
            yield future.result()
            future.release()

    def close(self) -> None:
        """Shut down a cluster that this object started."""
        if self._owned:
            self.client.close()


def _local_client(workers: int) -> Any:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise MissingExtraError("distributed", "cluster") from None
    return distributed.Client(n_workers=workers, threads_per_worker=1, dashboard_address=None)
