"""Run many scenarios on several processes, and tell of each as soon as all before it have been told of."""

from collections.abc import Callable, Sequence
from pathlib import Path

import trio
import trio_parallel  # type: ignore[import-untyped]  # it ships neither stubs nor a py.typed marker

from tradepit.tools.verdicts import Outcome, Verdict, judge_file

_TRIES = 2


def judge_all(
    files: Sequence[Path],
    *,
    jobs: int,
    tell: Callable[[Verdict], None],
    done: Callable[[int], None] = lambda _count: None,
    judge: Callable[[Path], Verdict] = judge_file,
) -> list[Verdict]:
    """Run scenarios and return their verdicts in the order of the files.

    Args:
        files: what to run.
        jobs: how many at a time, each in a process of its own.
        tell: called with each verdict, in the order of the files.
        done: called ten times a second with how many have ended.
        judge: runs one; it must be importable by name in another process.

    Raises:
        KeyboardInterrupt: Ctrl-C; the processes are ended.
    """
    try:
        return trio.run(_judge_all, files, jobs, tell, done, judge)
    except BaseExceptionGroup as group:
        interrupts, others = group.split(KeyboardInterrupt)
        if interrupts is None or others is not None:
            raise
        raise KeyboardInterrupt from None


async def _judge_all(
    files: Sequence[Path],
    jobs: int,
    tell: Callable[[Verdict], None],
    done: Callable[[int], None],
    judge: Callable[[Path], Verdict],
) -> list[Verdict]:
    limiter = trio.CapacityLimiter(jobs)
    found: dict[int, Verdict] = {}
    told: list[Verdict] = []

    async def one(index: int) -> None:
        found[index] = await _in_worker(workers, files[index], limiter, judge)
        while len(told) in found:
            verdict = found[len(told)]
            told.append(verdict)
            tell(verdict)

    async def watch() -> None:
        while True:
            done(len(found))
            await trio.sleep(0.1)

    async with trio_parallel.open_worker_context() as workers, trio.open_nursery() as watching:
        watching.start_soon(watch)
        async with trio.open_nursery() as working:
            for index in range(len(files)):
                working.start_soon(one, index)
        watching.cancel_scope.cancel()
    return told


async def _in_worker(
    workers: trio_parallel.WorkerContext, file: Path, limiter: trio.CapacityLimiter, judge: Callable[[Path], Verdict]
) -> Verdict:
    """Judge a file in a worker; when the worker is killed under it, once more in another."""
    for _ in range(_TRIES):
        try:
            verdict: Verdict = await workers.run_sync(judge, file, kill_on_cancel=True, limiter=limiter)
        except trio_parallel.BrokenWorkerError as error:
            trouble = f"{error}".splitlines()[0]
        else:
            return verdict
    return Verdict(
        file=file,
        name=file.stem,
        outcome=Outcome.FAILED,
        elapsed_s=0.0,
        account=(f"its process was killed {_TRIES} times, for want of memory perhaps: {trouble}",),
    )
