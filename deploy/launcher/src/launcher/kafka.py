"""Apache Kafka itself as a local process: a Java runtime from a wheel, the published jars, KRaft.

One broker that is its own controller: the real protocol and the real log, for development, tests
and small installations. A cluster of three needs the broker of an operator (`KAFKA=host:port`).
"""

import base64
import json
import signal
import subprocess
import time
import uuid
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from launcher import folders, jars, java, ports, processes
from launcher.jars import Progress
from launcher.refusals import AlreadyRunning, CannotStart, DiskFull, ForeignCluster, ServerFailed

VERSION = jars.KAFKA_VERSION
NODE_ID = 1
_START_SECONDS = 90.0

PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": str(NODE_ID),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # A topic exists because the catalogue names it, never because somebody mistyped one.
    "auto.create.topics.enable": "false",
    # One broker: what Kafka keeps for itself cannot have a second copy.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "3",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    # The default of 128 MB would not fit into the heap below.
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.cleaner.threads": "1",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    # After kill -9 the new process waits for the old one's session to end: 9 s by default.
    "broker.session.timeout.ms": "1500",
    "broker.heartbeat.interval.ms": "300",
}


@dataclass
class KafkaServer:
    """A running broker that this process started."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes]
    mark: processes.ProcessMark

    @property
    def address(self) -> str:
        """What a client bootstraps from, `127.0.0.1:port`."""
        return f"{ports.LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """The broker's process id."""
        return self.process.pid

    def stop(self) -> None:
        """Stop the broker cleanly (SIGTERM); the first time, prepare faster starts afterwards."""
        ended_well = processes.stop(self.mark, with_signal=signal.SIGTERM, timeout_seconds=30)
        self.process.wait()
        if ended_well:
            java.train_in_background()

    def kill(self) -> None:
        """End the broker as a crash would (SIGKILL)."""
        processes.kill(self.mark)
        self.process.wait()


def start(
    directory: Path, port: int | None = None, *, progress: Progress | None = None
) -> KafkaServer:
    """Start the broker whose log lives in `directory` (made if missing), and wait for its port.

    The first start on a machine fetches Kafka's files and says so through `progress`.

    Raises:
        AlreadyRunning: a broker already runs on this log.
        ForeignCluster: the log belongs to another cluster.
        PortTaken, DiskFull, JarUnavailable, ServerFailed: it cannot start.
    """
    directory = directory.resolve()
    _refuse_second_broker(directory)
    class_path = jars.fetch_jars(progress)
    directory.mkdir(parents=True, exist_ok=True)
    folders.require_room(directory)
    chosen = ports.free_port() if port is None else ports.require_free(port, "Kafka")
    write_properties(directory, chosen)
    format_log(directory, class_path)
    server = launch(directory, chosen, class_path, java.use_options(class_path))
    wait_ready(server)
    return server


def write_properties(directory: Path, port: int) -> None:
    """Write the broker's configuration for this start: its ports may differ from the last."""
    controller_port = ports.free_port()
    listeners = (
        f"PLAINTEXT://{ports.LOOPBACK}:{port},CONTROLLER://{ports.LOOPBACK}:{controller_port}"
    )
    values = {
        **PROPERTIES,
        "listeners": listeners,
        "advertised.listeners": f"PLAINTEXT://{ports.LOOPBACK}:{port}",
        "controller.quorum.voters": f"{NODE_ID}@{ports.LOOPBACK}:{controller_port}",
        "log.dirs": str(directory / "data"),
    }
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    (directory / "server.properties").write_text(text, encoding="utf-8")


def format_log(directory: Path, class_path: list[Path]) -> None:
    """Make an empty log for a new cluster, unless `directory` holds one of ours.

    Raises:
        ForeignCluster: the log was formatted for another cluster.
        ServerFailed: Kafka's storage tool refused.
    """
    id_file, made_for = directory / "cluster.id", _cluster_of(directory / "data")
    ours = id_file.read_text(encoding="utf-8").strip() if id_file.exists() else None
    if made_for and made_for != ours:
        raise ForeignCluster(
            f"The log in {directory} belongs to Kafka cluster {made_for}, not to {ours or 'us'}:"
            " use another folder, or remove this one."
        )
    if made_for:
        return
    if ours is None:
        ours = new_cluster_id()
        id_file.write_text(ours, encoding="utf-8")
    command = [*java.command(class_path), "kafka.tools.StorageTool", "format"]
    command += ["--cluster-id", ours, "--config", str(directory / "server.properties")]
    finished = subprocess.run(command, check=False, capture_output=True, text=True, cwd=directory)
    if finished.returncode != 0:
        output = (finished.stderr or finished.stdout).strip().splitlines() or [""]
        raise ServerFailed(f"Kafka's log could not be made in {directory}: {output[-1]}")


def new_cluster_id() -> str:
    """Return a new id in the form that Kafka asks for: 16 random bytes as 22 characters."""
    while True:
        made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # One in 64 begins with a dash, and Kafka's tools would take it for an option.
        if not made.startswith("-"):
            return made


def launch(
    directory: Path, port: int, class_path: list[Path], options: tuple[str, ...]
) -> KafkaServer:
    """Start the broker's process on a formatted log, without waiting for it."""
    scratch = directory / "tmp"
    scratch.mkdir(exist_ok=True)
    log_settings = resources.files("launcher") / "data" / "kafka-log4j2.properties"
    command = java.command(
        class_path,
        *options,
        f"-Djava.io.tmpdir={scratch}",
        f"-Dortaq.log.folder={directory}",
        f"-Dlog4j2.configurationFile={log_settings}",
    )
    process = processes.start(
        [*command, "kafka.Kafka", directory / "server.properties"],
        directory / "java.log",
        folder=directory,
    )
    known = processes.mark(process.pid)
    (directory / "broker.pid").write_text(json.dumps(asdict(known)), encoding="utf-8")
    return KafkaServer(directory, port, process, known)


def wait_ready(server: KafkaServer) -> None:
    """Wait until the broker takes connections.

    Raises:
        ServerFailed, AlreadyRunning, DiskFull: it ended instead, or stayed silent.
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise _failure(server.directory)
        if ports.answers(ports.LOOPBACK, server.port):
            return
        time.sleep(0.05)
    server.kill()
    raise ServerFailed(f"Kafka stayed silent: see {server.directory / 'server.log'}.")


def running(directory: Path) -> processes.ProcessMark | None:
    """Return the broker that runs on the log in `directory`, whoever started it."""
    pid_file = directory / "broker.pid"
    if not pid_file.exists():
        return None
    known = processes.ProcessMark(**json.loads(pid_file.read_text(encoding="utf-8")))
    return known if processes.find(known) is not None else None


def _refuse_second_broker(directory: Path) -> None:
    found = running(directory)
    if found is not None:
        raise AlreadyRunning(f"Kafka already runs on {directory} (process {found.pid}).")


def _cluster_of(data: Path) -> str | None:
    """Return the cluster that a log was formatted for, or None for no log."""
    properties = data / "meta.properties"
    if not properties.exists():
        return None
    lines = properties.read_text(encoding="utf-8").splitlines()
    pairs = dict(line.split("=", 1) for line in lines if "=" in line)
    return pairs.get("cluster.id", "unknown")


def _failure(directory: Path) -> CannotStart:
    reason = processes.last_line(directory / "server.log", ("Exception: ", "Error: "))
    reason = reason or processes.last_line(directory / "java.log", ("Error", "Exception"))
    if "No space left" in reason:
        return DiskFull(f"The disk of {directory} is full: Kafka cannot start.")
    return ServerFailed(f"Kafka did not start: {reason or directory / 'java.log'}")
