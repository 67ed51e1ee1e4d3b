"""Where work runs: one thread for small linear algebra, one or several processes for draws.

The numbers are the same on every executor and for any number of workers: work is cut into pieces by
position, each piece knows its own draws, and results come back in order, or with their position.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import importlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar

from threadpoolctl import ThreadpoolController

from serai.errors import MissingExtraError, RunError

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")

MOST_DEATHS = 3  # times in a row that workers may die before any piece is finished

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
    """Applies a function to pieces of work."""

    workers: int

    def map(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        """The results in the order of the pieces."""
        ...

    def finished(
        self, function: Callable[[S, T], R], shared: S, pieces: Sequence[T]
    ) -> Iterator[tuple[int, R]]:
        """`function(shared, piece)` with the position of its piece, as pieces finish.

        What the pieces share travels once a worker. A worker that dies is replaced and its piece done again;
        `RunError` when workers keep dying.
        """
        ...


class Serial:
    """One piece after the other, in this process."""

    workers = 1

    def map(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        yield from map(function, pieces)

    def finished(
        self, function: Callable[[S, T], R], shared: S, pieces: Sequence[T]
    ) -> Iterator[tuple[int, R]]:
        for position, piece in enumerate(pieces):
            yield position, function(shared, piece)


class Processes:
    """Several processes on this machine; by default one a core.

    Workers are forked where the system can, so that the base world is shared and not copied.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or cores()

    def map(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        with _pool(self.workers, _leave_with) as pool:
            yield from pool.map(function, pieces)

    def finished(
        self, function: Callable[[S, T], R], shared: S, pieces: Sequence[T]
    ) -> Iterator[tuple[int, R]]:
        left, deaths = dict(enumerate(pieces)), 0
        while left:
            before = len(left)
            try:
                yield from self._until_one_dies(function, shared, left)
            except BrokenProcessPool:
                deaths = 1 if len(left) < before else deaths + 1
                _refuse_more(deaths)

    def _until_one_dies(
        self, function: Callable[[S, T], R], shared: S, left: dict[int, T]
    ) -> Iterator[tuple[int, R]]:
        """Results as they come; what is finished leaves `left`."""
        with _pool(self.workers, _carry, shared) as pool:
            waiting = {pool.submit(_apply, function, piece): n for n, piece in left.items()}
            for future in as_completed(waiting):
                result, position = future.result(), waiting.pop(future)
                del left[position]
                yield position, result


@contextmanager
def _pool(workers: int, initializer: Callable[..., None], *given: Any) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with this one. Each begins with `initializer(this process, *given)`."""
    gc.freeze()  # what is here already stays shared: the collector of a worker does not touch it
    pool = ProcessPoolExecutor(
        workers, mp_context=_context(), initializer=initializer, initargs=(os.getpid(), *given)
    )
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    else:
        pool.shutdown()
    finally:
        gc.unfreeze()


def _refuse_more(deaths: int) -> None:
    if deaths >= MOST_DEATHS:
        raise RunError(
            f"workers died {deaths} times in a row before any piece of work was finished. Most likely memory "
            "ran out: use fewer workers."
        )


_shared: Any = None


def _carry(parent: int, shared: Any) -> None:
    """What a worker keeps for all its pieces. The parent alone answers to Ctrl-C."""
    global _shared
    _leave_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _shared = shared


def _apply(function: Callable[[Any, T], R], piece: T) -> R:
    return function(_shared, piece)


@contextmanager
def aside(function: Callable[..., R], *given: Any) -> Iterator[Callable[[], R]]:
    """Run a function in a process of its own while the block goes on.

    The block gets a function that waits for the result, or raises what the other process raised; it may be
    asked once. Leaving the block ends the other process. No thread is started here, so that the
    block may start further processes.

    Examples
    --------
    >>> with aside(sum, [1, 2, 3]) as found:
    ...     found()
    6
    """
    context = _context()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(os.getpid(), theirs, function, given))
    process.start()
    theirs.close()  # so that the end of the other process is seen at this end
    try:
        yield lambda: _received(ours)
    finally:
        process.kill()  # it has answered, or nobody waits for it
        process.join()
        ours.close()


def _answer(parent: int, connection: Any, function: Callable[..., R], given: tuple[Any, ...]) -> None:
    _leave_with(parent)
    for number in (signal.SIGINT, signal.SIGTERM):  # it ends without a word: the parent speaks
        signal.signal(number, signal.SIG_DFL)
    try:
        found: tuple[R | None, Exception | None] = (function(*given), None)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the result is asked for
        error.add_note("".join(traceback.format_exception(error)))
        found = (None, error)
    connection.send(found)


def _received(connection: Any) -> Any:
    try:
        result, error = connection.recv()
    except EOFError:
        problem = "a process that worked beside this one died; see whether memory ran out, and run again"
        raise RunError(problem) from None
    if error is not None:
        raise error
    return result


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


def alive(process: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def executor(workers: int | None = None) -> Executor:
    """The executor for a number of workers: serial for one, processes for more."""
    count = workers or cores()
    return Serial() if count == 1 else Processes(count)


class Dask:
    """A Dask cluster: `Dask(Client(...))`, or `Dask()` for one on this machine. Needs `serai[cluster]`.

    Pieces travel to the workers, so files they name must be readable there. Workers need the same serai. The
    death of a worker is survived where another is there or comes within a minute; when none comes, or the
    scheduler is gone, `RunError` names the cluster.
    """

    def __init__(self, client: Any = None, workers: int | None = None) -> None:
        self._owned = client is None
        self.client = client if client is not None else _local_client(workers or cores())
        self._address = str(self.client.scheduler.address)
        self.workers = len(self.client.scheduler_info()["workers"])

    @property
    def address(self) -> str:
        """Where the scheduler listens, or listened when it is gone."""
        return self._address

    def map(self, function: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        given = list(pieces)
        with self._reached():
            futures = self.client.map(function, given, pure=False)
        for future in futures:
            try:
                result = self._result(future)
            except (CancelledError, asyncio.CancelledError) as error:
                raise self._gone() from error
            future.release()
            yield result

    def finished(
        self, function: Callable[[S, T], R], shared: S, pieces: Sequence[T]
    ) -> Iterator[tuple[int, R]]:
        left, deaths = dict(enumerate(pieces)), 0
        while left:
            before = len(left)
            yield from self._until_some_are_lost(function, shared, left)
            deaths = 0 if not left else 1 if len(left) < before else deaths + 1
            _refuse_more(deaths)

    def _until_some_are_lost(
        self, function: Callable[[S, T], R], shared: S, left: dict[int, T]
    ) -> Iterator[tuple[int, R]]:
        """Results as they come; what is finished leaves `left`, what died with its workers stays."""
        distributed: Any = importlib.import_module("distributed")
        self._some_worker()
        waiting: dict[Any, int] = {}
        with suppress(TimeoutError), self._reached():
            # in time, unless the only worker left while it was given what the pieces share
            carried = self.client.scatter(shared, broadcast=True, hash=False, timeout=SECONDS_TO_RETURN)
            waiting = {
                self.client.submit(function, carried, piece, pure=False): n for n, piece in left.items()
            }
        for future in self._as_finished(list(waiting)):
            position = waiting.pop(future)
            try:
                result = self._result(future)
            except (CancelledError, asyncio.CancelledError, distributed.KilledWorker):
                # the piece, its result or what it needs was on a worker that died
                continue
            future.release()
            del left[position]
            yield position, result

    def _as_finished(self, futures: Sequence[Any]) -> Iterator[Any]:
        """Futures as they finish or are lost; `RunError` when the cluster has had no worker for too long."""
        distributed: Any = importlib.import_module("distributed")
        found = distributed.as_completed(futures)
        looked = time.monotonic()
        while not found.is_empty():
            if found.has_ready():
                yield from found.next_batch(block=False)
            else:
                looked = self._rest(looked)

    def _result(self, future: Any) -> Any:
        """What a piece gave, or the error it raised; what died with its worker is waited for."""
        patience = SECONDS_TO_RETURN
        while True:
            looked = time.monotonic()
            while future.status in ("pending", "lost"):
                looked = self._rest(looked)
            try:
                return future.result(timeout=patience)
            except OSError as error:
                if future.status == "error":  # of the work itself
                    raise
                if not isinstance(error, TimeoutError):
                    raise self._gone() from error
            self._some_worker()
            patience *= 2  # it may be large

    def _rest(self, looked: float) -> float:
        """Wait a little, or see that there is a worker if that is long ago; returns when it was seen last."""
        if time.monotonic() - looked <= SECONDS_TO_LOOK:
            time.sleep(SECONDS_TO_REST)
            return looked
        self._some_worker()
        return time.monotonic()

    def _some_worker(self) -> None:
        """Wait until the cluster has a worker; `RunError` when none comes."""
        deadline = time.monotonic() + SECONDS_TO_RETURN
        while not self._has_workers():
            late = time.monotonic() > deadline
            if self.client.status == "closed" or (late and self.client.status != "running"):
                raise self._gone()
            if late:
                raise RunError(
                    f"the Dask cluster at {self.address} has had no worker for {SECONDS_TO_RETURN} seconds. "
                    f"Start one (dask worker {self.address}); if they die, most likely memory ran out."
                )
            time.sleep(SECONDS_TO_REST)

    def _has_workers(self) -> bool:
        """Whether a worker is there; a client that has lost its scheduler would name the last it knew."""
        if self.client.status != "running":
            return False
        try:
            known = self.client.scheduler_info()["workers"]
        except (OSError, TimeoutError):
            return False
        return bool(known) and self.client.status == "running"

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Inside the block the scheduler is asked for something; `RunError` when it is not there."""
        try:
            yield
        except TimeoutError:
            raise
        except Exception as error:
            if isinstance(error, OSError) or self.client.status != "running":
                raise self._gone() from error
            raise

    def _gone(self) -> RunError:
        return RunError(
            f"the Dask scheduler at {self.address} is gone or cannot be reached. Work that was finished "
            "is kept. Start a scheduler (dask scheduler) and workers (dask worker ADDRESS), and run again."
        )

    @classmethod
    def at(cls, address: str) -> Dask:
        """The cluster whose scheduler listens at an address such as `tcp://10.0.0.1:8786`.

        Raises `RunError` when nobody answers there.
        """
        try:
            return cls(_distributed().Client(address, timeout=SECONDS_TO_ANSWER))
        except (OSError, ValueError) as error:
            raise RunError(
                f"no Dask scheduler answers at {address} ({error}). Start one: dask scheduler; and workers: "
                "dask worker ADDRESS."
            ) from None

    def close(self) -> None:
        """Shut down a cluster that this object started."""
        if self._owned:
            self.client.close()


SECONDS_TO_ANSWER, SECONDS_TO_RETURN = 10, 60
SECONDS_TO_LOOK, SECONDS_TO_REST = 2, 0.05  # between two looks at the workers, at what is finished


def _local_client(workers: int) -> Any:
    free = "127.0.0.1:0"  # its pages on a free port of this machine: two clusters may run side by side
    return _distributed().Client(n_workers=workers, threads_per_worker=1, dashboard_address=free)


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise MissingExtraError("distributed", "cluster") from None
