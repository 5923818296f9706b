"""A run folder: one holder, and a memory of what runs that survives the launcher."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import processes
from launcher.background import Ortaq, stop
from launcher.processes import ProcessMark
from launcher.refusals import AlreadyRunning
from launcher.runs import RunFolder, RunningProcess, State, live_processes
from launcher.screen import Screen


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path / ".ortaq")
    made.prepare()
    return made


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])


def test_state_is_read_as_it_was_written(folder: RunFolder) -> None:
    state = State(
        launcher=ProcessMark(1, 2.0),
        gateway="http://127.0.0.1:8000",
        kafka="127.0.0.1:9092",
        processes={"kafka": RunningProcess(ProcessMark(3, 4.5), 9092)},
        ports={"kafka": 9092},
    )

    folder.write_state(state)

    assert folder.read_state() == state


def test_a_new_folder_has_an_empty_state(folder: RunFolder) -> None:
    assert folder.read_state() == State()


def test_secrets_are_closed_to_others(folder: RunFolder) -> None:
    assert folder.secrets.stat().st_mode & 0o077 == 0


def test_a_folder_has_one_holder(folder: RunFolder) -> None:
    folder.write_state(State(launcher=ProcessMark(4711, 1.0)))

    with folder.held(), pytest.raises(AlreadyRunning, match="process 4711"), folder.held():
        pass


def test_a_folder_is_free_once_its_holder_was_killed(folder: RunFolder) -> None:
    hold = (
        "import signal, sys; from pathlib import Path; from launcher.runs import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])).held():\n"
        "    print('held', flush=True); signal.pause()"
    )
    command = [sys.executable, "-c", hold, str(folder.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()

    with folder.held():
        assert folder.read_state() == State()


def test_what_a_killed_launcher_left_is_stopped_by_id(folder: RunFolder) -> None:
    with sleeper() as left:
        known = RunningProcess(processes.mark(left.pid))
        folder.write_state(State(ProcessMark(1, 0.0), processes={"budget.worker": known}))

        stopped = stop(folder, Screen())

        assert stopped
        assert left.wait(5) == -signal.SIGTERM
    assert folder.read_state().processes == {}


def test_a_stranger_with_a_reused_id_is_left_alone(folder: RunFolder) -> None:
    with sleeper() as stranger:
        mark = processes.mark(stranger.pid)
        earlier = ProcessMark(mark.pid, mark.started_at_seconds - 60)
        folder.write_state(State(processes={"budget.app": RunningProcess(earlier)}))

        stop(folder, Screen())

        assert stranger.poll() is None
        stranger.kill()


def test_a_process_that_does_not_listen_is_killed() -> None:
    deaf = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('deaf', flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()

        ended_well = processes.stop(processes.mark(process.pid), timeout_seconds=0.2)

        assert not ended_well
        assert process.wait(5) == -signal.SIGKILL


def test_an_ended_process_is_not_alive_in_the_state() -> None:
    with sleeper() as process:
        known = processes.mark(process.pid)
        process.kill()

    state = State(processes={"registry.app": RunningProcess(known)})

    assert live_processes(state) == {}


def test_a_dead_launcher_has_no_gateway(folder: RunFolder) -> None:
    folder.write_state(State(launcher=ProcessMark(os.getpid(), 0.0), gateway="http://127.0.0.1:1"))

    assert Ortaq(folder).gateway == ""


def test_a_large_log_is_put_aside(folder: RunFolder) -> None:
    (folder.logs / "registry.app.log").write_bytes(b"x" * 10_000_001)

    folder.prepare()

    assert [log.name for log in folder.logs.iterdir()] == ["registry.app.log.old"]
