"""Processes forked from one parent: each has its own life, output, environment and end."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launcher import processes
from launcher.nursery import Job, Nursery, NurseryDied, start_nursery

MakeJob = Callable[..., Job]


@pytest.fixture
def make_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeJob:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "programs"))
    (tmp_path / "programs").mkdir()

    def make(name: str, text: str, *arguments: str, **environment: str) -> Job:
        (tmp_path / "programs" / f"{name}.py").write_text(text)
        return Job(name, name, str(tmp_path / f"{name}.log"), environment, arguments)

    return make


@pytest.fixture
def nursery(make_job: MakeJob, tmp_path: Path) -> Iterator[Nursery]:
    running = start_nursery(tmp_path / "nursery.log")
    yield running
    running.stop()


def test_a_job_has_its_own_output_arguments_and_environment(
    nursery: Nursery, make_job: MakeJob
) -> None:
    job = make_job("said", "import os, sys; print(sys.argv[1:], dict(os.environ))", "a", WORD="сөз")

    code = nursery.run(job)

    assert code == 0
    assert Path(job.log).read_text().strip() == "['a'] {'WORD': 'сөз'}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("import sys; sys.exit(3)", 3),
        ("raise SystemExit", 0),
        ("1 / 0", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9),
    ],
)
def test_an_end_is_told_with_its_code(
    nursery: Nursery, make_job: MakeJob, text: str, code: int
) -> None:
    job = make_job("ends", text)

    assert nursery.run(job) == code


def test_a_failure_leaves_its_traceback_in_the_log(nursery: Nursery, make_job: MakeJob) -> None:
    job = make_job("fails", "1 / 0")

    nursery.run(job)

    assert "ZeroDivisionError" in Path(job.log).read_text()


def test_a_forked_process_dies_alone(nursery: Nursery, make_job: MakeJob) -> None:
    one = nursery.spawn(make_job("one", "import signal; signal.pause()"))
    other = nursery.spawn(make_job("other", "import signal; signal.pause()"))

    processes.kill(one)

    assert nursery.wait(one, "one") == -signal.SIGKILL
    assert processes.find(other) is not None
    processes.kill(other)


def test_a_forked_process_is_not_reached_by_the_terminals_interrupt(
    nursery: Nursery, make_job: MakeJob
) -> None:
    known = nursery.spawn(make_job("leads", "import signal; signal.pause()"))
    deadline = time.monotonic() + 5

    while os.getsid(known.pid) != known.pid and time.monotonic() < deadline:
        time.sleep(0.01)

    assert os.getsid(known.pid) == known.pid
    processes.kill(known)


def test_children_outlive_the_parent_whose_death_is_told(make_job: MakeJob, tmp_path: Path) -> None:
    nursery = start_nursery(tmp_path / "nursery.log")
    child = nursery.spawn(make_job("stays", "import signal; signal.pause()"))
    processes.kill(nursery.mark)

    with pytest.raises(NurseryDied):
        nursery.run(make_job("late", ""))

    assert processes.find(child) is not None
    processes.kill(child)
    nursery.stop()
