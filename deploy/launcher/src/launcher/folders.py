"""Folders that the launcher keeps: the cache outside a run, and room on the disk."""

import os
import shutil
from pathlib import Path

from launcher.refusals import DiskFull

# A database cluster, its write-ahead log and the classifier take about 200 MB.
NEEDED_BYTES = 384 * 1024 * 1024


def cache_folder() -> Path:
    """Return the folder of what may be fetched again, `~/.cache/ortaq` by XDG's rules."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "ortaq"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def require_room(folder: Path, needed_bytes: int = NEEDED_BYTES) -> None:
    """Check that the disk of `folder` has room for a run.

    Raises:
        DiskFull: fewer than `needed_bytes` are free.
    """
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        free_mib, needed_mib = free_bytes >> 20, needed_bytes >> 20
        raise DiskFull(f"The disk of {folder} is full: {free_mib} MiB free, {needed_mib} needed.")


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
