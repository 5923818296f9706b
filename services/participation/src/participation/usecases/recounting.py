"""Counting a stranger's file in a process of its own: bounded in time, and no burden to voting."""

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from participation.domain.counting import UncountableElection
from participation.domain.pabulib import RuleNotComputable, UnreadableFile
from participation.domain.recounts import CountersBusy, CountTooLong, FileNotCountable, recount

COUNT_SECONDS = 25.0
AT_A_TIME = 1
_running = 0


async def recount_file(
    text: str, wanted: Mapping[str, Any], *, seconds: float = COUNT_SECONDS
) -> dict[str, Any]:
    """Count a Pabulib file; see `participation.domain.recounts.recount`.

    Raises:
        FileNotCountable: the file or the rule is unusable; the reason names the line.
        CountTooLong: it took longer than `seconds`.
        CountersBusy: another file is being counted.
    """
    global _running  # noqa: PLW0603 - one process serves HTTP; the bound is on it
    if _running >= AT_A_TIME:
        raise CountersBusy
    _running += 1
    try:
        answer = await _ask_child({"text": text, "wanted": dict(wanted)}, seconds)
    finally:
        _running -= 1
    if "refusal" in answer:
        raise FileNotCountable(reason=answer["refusal"])
    return answer


async def _ask_child(question: dict[str, Any], seconds: float) -> dict[str, Any]:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __spec__.name, stdin=pipe, stdout=pipe
    )
    try:
        output, _ = await asyncio.wait_for(
            child.communicate(json.dumps(question).encode()), seconds
        )
    except TimeoutError:
        raise CountTooLong from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    answer: dict[str, Any] = json.loads(output)
    return answer


def main() -> None:
    """Be the child: one question on standard input, one answer on standard output."""
    question = json.load(sys.stdin)
    try:
        answer = recount(question["text"].encode(), question["wanted"])
    except (UnreadableFile, RuleNotComputable, UncountableElection) as refusal:
        answer = {"refusal": str(refusal)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
