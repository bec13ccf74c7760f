"""Worker processes on one machine. A worker that dies loses nothing but time.

Processes are started by "forkserver" (or "spawn" where there is none), since forking a process
with threads is not safe. A dead worker breaks the whole `ProcessPoolExecutor`; then a new one is
made and the lost tasks are sent again, one by one, so that the task that kills its worker is told
from those that merely ran beside it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple

from twin.errors import InputError, SimulationError
from twin.montecarlo.interrupt import Interrupt
from twin.montecarlo.work import Done, Task, Work, failed

AHEAD = 3  # tasks per worker that are handed out: enough to keep it busy, few to wait for
MOST_DEATHS = 3  # of workers, alone with the same task

_work: Work | SimulationError | None = None


def pooled(
    work: Work, tasks: Sequence[Task], workers: int, stop: Interrupt
) -> Iterator[Done]:  # fmt: skip
    """Yield the results of tasks as worker processes finish them, in any order."""
    packed = pack(work)
    waiting, suspects, deaths = deque(tasks), deque[Task](), Counter[Task]()
    while (waiting or suspects) and not stop.requested:
        if suspects:
            dead = yield from _serve(packed, suspects, 1, 1, stop)
            deaths.update(dead)
        else:
            size = min(workers, len(waiting))
            dead = yield from _serve(packed, waiting, size, AHEAD * size, stop)
        for task in dead:
            if deaths[task] < MOST_DEATHS:
                suspects.append(task)
            else:
                text = f"its worker process died, {MOST_DEATHS} times alone with it"
                yield failed(task, SimulationError(text))


def pack(work: Work) -> bytes:
    """Return the work as bytes, so that a worker that cannot read them can say why."""
    try:
        return pickle.dumps(work)
    except Exception as error:
        raise SimulationError(
            f"the scenario cannot be sent to worker processes ({error}); put your own parts into a "
            f"module and name it under 'modules', or run with --workers 1"
        ) from error


def _serve(
    packed: bytes, queue: deque[Task], size: int, window: int, stop: Interrupt
) -> Generator[Done, None, list[Task]]:
    """Serve a queue until it is empty or a worker dies; return the tasks that are lost then."""
    running: dict[Future[Done], Task] = {}
    with _pool(packed, size) as pool:
        try:
            while (queue and not stop.requested) or running:
                while queue and len(running) < window and not stop.requested:
                    with _hidden_main():  # this may start a worker
                        future = pool.submit(_do, queue[0])
                    running[future] = queue.popleft()
                if stop.requested:
                    running = {f: t for f, t in running.items() if not f.cancel()}
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    result = _result(future, running[future])
                    del running[future]
                    yield result
        except BrokenProcessPool:
            _forget(pool)
            whole = {f: t for f, t in running.items() if f.done() and f.exception() is None}
            for future in whole:
                yield future.result()
            return [t for f, t in running.items() if f not in whole]
    return []


def _result(future: Future[Done], task: Task) -> Done:
    try:
        return future.result()
    except (BrokenProcessPool, InputError):
        raise
    except Exception as error:  # e.g. a result that cannot be sent back
        return failed(task, error)


class _Pool(NamedTuple):
    """Workers, and the processes that were there before them."""

    executor: ProcessPoolExecutor
    before: set[Any]


_kept: dict[tuple[bytes, int], _Pool] | None = None


@contextlib.contextmanager
def kept_workers() -> Iterator[None]:
    """While entered, worker processes wait for more tasks of the same work.

    A search simulates a little, thinks, and simulates again: starting workers anew each time would
    cost seconds.
    """
    global _kept
    if _kept is not None:
        yield
        return
    _kept = {}
    try:
        yield
    finally:
        pools, _kept = _kept.values(), None
        for pool in pools:
            pool.executor.shutdown(wait=True, cancel_futures=True)


def _forget(executor: ProcessPoolExecutor) -> None:
    """Keep these workers no longer."""
    global _kept
    if _kept is not None:
        _kept = {key: pool for key, pool in _kept.items() if pool.executor is not executor}


@contextlib.contextmanager
def _pool(packed: bytes, size: int) -> Iterator[ProcessPoolExecutor]:
    pool = None if _kept is None else _kept.get((packed, size))
    if pool is None:
        before = set(multiprocessing.active_children())
        pool = _Pool(ProcessPoolExecutor(size, _context(), _begin, (packed,)), before)
    if _kept is not None:
        _kept[packed, size] = pool
    try:
        yield pool.executor
    except BaseException as error:
        _forget(pool.executor)
        if isinstance(error, KeyboardInterrupt | GeneratorExit):
            for process in set(multiprocessing.active_children()) - pool.before:
                process.terminate()
        raise
    finally:
        if _kept is None or (packed, size) not in _kept:
            pool.executor.shutdown(wait=True, cancel_futures=True)


def _context() -> multiprocessing.context.BaseContext:
    """Return the way to start processes; a fork server imports the plant once for all workers."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["twin.plant"])
    return context


@contextlib.contextmanager
def _hidden_main() -> Iterator[None]:
    """Keep workers from importing the user's script again.

    They need nothing from it, and a script that calls `twin.run` without
    ``if __name__ == "__main__"`` would start itself anew in every worker.
    """
    main = vars(sys.modules["__main__"])
    hide = ("__file__", "__spec__")
    kept: dict[str, Any] = {name: main[name] for name in hide if name in main}
    try:
        main.pop("__file__", None)
        main["__spec__"] = None
        yield
    finally:
        main.update(kept)


def _begin(packed: bytes) -> None:
    """Prepare a worker: leave Ctrl-C to the parent, follow it into death, read the work."""
    global _work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        _work = pickle.loads(packed)
    except Exception as error:
        _work = SimulationError(f"a worker process cannot read the scenario: {error}")


def _die_with_parent() -> None:
    """End this worker when the parent is gone: after a kill -9 nobody else would."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _do(task: Task) -> Done:
    if isinstance(_work, Work):
        return _work.do(task)
    raise _work or SimulationError("a worker process has no work")
