"""The same work on Dask, for users who outgrow one machine's process pool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twin.errors import InputError
from twin.montecarlo.interrupt import Interrupt
from twin.montecarlo.work import Done, Task, Work, failed


def on_dask(
    work: Work, tasks: Sequence[Task], workers: int, stop: Interrupt
) -> Iterator[Done]:  # fmt: skip
    """Yield the results of tasks from a local Dask cluster, in any order."""
    check_installed()
    from distributed import Client, LocalCluster, as_completed

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        shared = client.scatter(work, broadcast=True)
        futures = {client.submit(_do, shared, task, pure=False): task for task in tasks}
        for future in as_completed(list(futures)):
            task, error = futures.pop(future), future.exception()
            if isinstance(error, InputError):
                raise error
            yield future.result() if error is None else failed(task, error)
            if stop.requested:
                client.cancel(list(futures))
                return


def check_installed() -> None:
    """Raise `InputError` if the optional package is missing."""
    import importlib.util

    if importlib.util.find_spec("distributed") is None:
        raise InputError(
            "--engine dask: the package 'distributed' is not installed; "
            "pip install 'ridethrough[dask]', or use --engine local"
        )


def _do(work: Work, task: Task) -> Done:
    return work.do(task)
