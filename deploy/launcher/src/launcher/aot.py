"""Make Java's ahead-of-time cache, by starting and stopping a broker on a throw-away log."""

import fcntl
import os
import tempfile
from pathlib import Path

from launcher import folders, jars, java, kafka, ports, processes

_TRAINING_SECONDS = 180


def train() -> Path | None:
    """Make the cache by starting and stopping a broker; None if another process is making it."""
    class_path = jars.fetch_jars()
    target = java.cache_file(class_path)
    with (folders.cache_folder() / "aot.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if not target.exists():
            _train_on_empty_log(class_path, target)
    return target


def _train_on_empty_log(class_path: list[Path], target: Path) -> None:
    unfinished = target.with_suffix(f".{os.getpid()}")
    with tempfile.TemporaryDirectory(prefix="ortaq-aot-") as scratch:
        directory, port = Path(scratch), ports.free_port()
        kafka.write_properties(directory, port)
        kafka.format_log(directory, class_path)
        options = (f"-XX:AOTCacheOutput={unfinished}",)
        server = kafka.launch(directory, port, class_path, options)
        try:
            kafka.wait_ready(server)
            # The runtime writes the cache while it ends.
            processes.stop(server.mark, timeout_seconds=_TRAINING_SECONDS)
        finally:
            server.kill()
    if unfinished.exists():
        unfinished.replace(target)


if __name__ == "__main__":
    train()
