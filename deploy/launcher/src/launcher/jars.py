"""Apache Kafka's own published files: fetched once, checked always, kept outside the run folder."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from launcher import folders
from launcher.refusals import JarUnavailable

KAFKA_VERSION = "4.4.0"

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done, and how many there are."""


@dataclass(frozen=True)
class Jar:
    """One published file, by its Maven coordinate and the SHA-256 of its content."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinate(self) -> str:
        """The name under which it is published."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        """Its name on disk."""
        return f"{self.artifact}-{self.version}.jar"


def listed_jars() -> list[Jar]:
    """Return the files that make up the broker, in the order of its class path."""
    text = (resources.files("launcher") / "data" / "kafka-jars.txt").read_text(encoding="utf-8")
    rows = (line.replace(":", " ").split() for line in text.splitlines() if line.strip())
    return [Jar(*row) for row in rows]


def jar_folder() -> Path:
    """Return the folder of checked files; without a network they may be put there by hand."""
    folder = folders.cache_folder() / f"kafka-{KAFKA_VERSION}"
    folder.mkdir(exist_ok=True)
    return folder


def fetch_jars(progress: Progress | None = None) -> list[Path]:
    """Return the broker's files, each with the content of the committed list.

    Files that are missing are fetched (43 MB, some ten seconds, the first time); a file whose
    content differs is fetched anew, once.

    Raises:
        JarUnavailable: a file cannot be fetched, or is not the one that was listed.
    """
    folder, wanted = jar_folder(), listed_jars()
    missing = [jar for jar in wanted if not _is_genuine(folder / jar.file_name, jar)]
    if missing:
        _download(missing, folder, progress)
    return [folder / jar.file_name for jar in wanted]


def _is_genuine(path: Path, jar: Jar) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256


def _download(missing: list[Jar], folder: Path, progress: Progress | None) -> None:
    # Imported here: it takes a third of a second, and a machine needs it once.
    from jgo.maven import MavenContext  # noqa: PLC0415

    # The resolver writes straight to the final name, so it gets a folder of its own: what another
    # run sees in ours is always whole and checked.
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as scratch:
        context = MavenContext(repo_cache=Path(scratch), timeout=60)
        for done, jar in enumerate(missing):
            if progress:
                progress(f"Fetching {jar.file_name}", done, len(missing))
            try:
                path = context.create_dependency(jar.coordinate).artifact.resolve()
            except (OSError, RuntimeError, AssertionError) as refusal:
                raise JarUnavailable(
                    f"{jar.coordinate} could not be fetched ({refusal.__class__.__name__}):"
                    f" check the network, or put {jar.file_name} into {folder}."
                ) from refusal
            if not _is_genuine(path, jar):
                raise JarUnavailable(
                    f"{jar.coordinate} is not the published file: SHA-256 differs."
                )
            path.replace(folder / jar.file_name)
    if progress:
        progress("Apache Kafka is here", len(missing), len(missing))
