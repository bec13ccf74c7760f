"""Ctrl-C, kill -9, and scripts: tested in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from run_parts import Simulated, assert_equal

from twin.montecarlo import Interrupt
from twin.results import Results

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATIENCE_S = 60.0
N = 40
SCRIPT = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(HERE)!r}]
import fake_plant
import twin.plant as plant
plant.replicate, plant.warm_up = fake_plant.replicate, fake_plant.warm_up
plant.trace_replication = fake_plant.trace_replication
"""
COMMAND = f"""{SCRIPT}
from twin.cli import main
sys.exit(main(["run", "tiny", "-n", "{N}", "--workers", "2", "--out", sys.argv[1]]))
"""


def start(code: str, out: Path, log: Path, sleep_s: float = 0.0) -> subprocess.Popen[str]:
    environment = {**os.environ, "FAKE_LOG": str(log), "FAKE_SLEEP_S": str(sleep_s)}
    return subprocess.Popen(
        [sys.executable, "-c", code, str(out)], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def calls(log: Path) -> list[list[str]]:
    file = log / "calls"
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # a dead process that nobody has collected yet counts as gone
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_ctrl_c_saves_and_the_run_can_be_resumed(
    tmp_path: Path, log: Path, simulated: Simulated
) -> None:
    out = tmp_path / "out"
    process = start(COMMAND, out, log, sleep_s=0.1)
    wait_for(lambda: len(calls(log)) > 8)
    os.killpg(process.pid, signal.SIGINT)  # a terminal tells the workers as well
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "--resume" in errors
    saved = Results.load(out)
    assert 4 < saved.count < N
    assert (out / "summary.json").exists()
    assert not (out / ".partial").exists()

    again = start(COMMAND.replace('"run",', '"run", "--resume",'), out, log)
    _, errors = again.communicate(timeout=PATIENCE_S)
    assert again.returncode == 0, errors
    assert f"{saved.count} of {N} replications are there" in errors
    assert_equal(Results.load(out).replications, simulated(N).replications)


def test_kill_9_loses_nothing_that_was_finished_and_leaves_no_workers(
    tmp_path: Path, log: Path, simulated: Simulated
) -> None:
    out = tmp_path / "out"
    process = start(COMMAND, out, log, sleep_s=0.1)
    wait_for(lambda: len(calls(log)) > 12)
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    workers = {int(pid) for pid, _ in calls(log)}
    assert len(workers) == 2
    wait_for(lambda: all(gone(pid) for pid in workers))

    saved = Results.load(out)
    begun = len(calls(log))
    assert saved.count >= begun - 2 * 3  # all but those under way, or not yet handed back
    expected = simulated(N).replications
    known = expected["replication"].isin(saved.replications["replication"])
    assert_equal(saved.replications, expected[known].reset_index(drop=True))


def test_a_script_needs_no_main_guard(tmp_path: Path, log: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"{SCRIPT}\nfrom twin import Scenario, run\n"
        "results = run(Scenario.load('tiny'), n=4, workers=2)\n"
        "print(results.count, results.estimates['distributed']['goodput'].n)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=PATIENCE_S,
        env={**os.environ, "FAKE_LOG": str(log)}, check=False,
    )  # fmt: skip
    assert done.stdout == "4 4\n", done.stderr
    assert len(calls(log)) == 4


def test_the_first_ctrl_c_is_a_request_and_the_second_an_order(
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupt() as stop:
        assert not stop.requested
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.requested
        assert "Ctrl-C again" in capfd.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
