"""When a process that died may be started again."""

import os
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.supervision import (
    PAUSES_SECONDS,
    STEADY_SECONDS,
    History,
    StopAsked,
    stop_on_signals,
)


def test_pauses_grow_while_a_process_keeps_dying() -> None:
    history = History(started_at_seconds=0.0)

    pauses = [history.died(float(second)) for second in range(8)]

    assert pauses == [0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 10.0, 10.0]


@given(st.lists(st.floats(0, STEADY_SECONDS * 3), max_size=30))
def test_a_pause_is_never_shorter_than_the_last_one_unless_the_process_was_steady(
    lives_seconds: list[float],
) -> None:
    now, before = 0.0, 0.0
    history = History(started_at_seconds=now)

    for life_seconds in lives_seconds:
        now += life_seconds
        pause = history.died(now)
        assert pause >= before or life_seconds > STEADY_SECONDS - 1e-6
        assert pause <= PAUSES_SECONDS[-1]
        now, before = now + pause, pause
        history.started(now)


def test_a_process_that_was_steady_is_started_at_once() -> None:
    history = History(started_at_seconds=0.0)
    history.died(1.0)
    history.started(2.0)

    pause = history.died(2.0 + STEADY_SECONDS + 1)

    assert pause == pytest.approx(0.0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_to_stop_and_the_second_breaks_nothing_off(number: int) -> None:
    with stop_on_signals():
        with pytest.raises(StopAsked):
            signal.raise_signal(number)

        signal.raise_signal(number)


def test_what_is_started_during_the_stop_can_be_stopped_itself() -> None:
    show = "import signal; print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)"
    with stop_on_signals():
        with pytest.raises(StopAsked):
            os.kill(os.getpid(), signal.SIGTERM)

        said = subprocess.run([sys.executable, "-c", show], check=True, capture_output=True)

    assert said.stdout.strip() == b"True"
