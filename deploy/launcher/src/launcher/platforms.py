"""A platform: all its processes, started in order, stopped in the reverse order."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from launcher import databases, java, kafka, keys, plan, ports, postgres, processes
from launcher.jars import Progress
from launcher.kafka import KafkaServer
from launcher.nursery import Job, Nursery, start_nursery
from launcher.plan import SERVICES, Addresses
from launcher.postgres import PostgresServer
from launcher.processes import ProcessMark
from launcher.refusals import BrokerUnreachable, CannotStart, ServerFailed
from launcher.runs import RunFolder, RunningProcess, State, live_processes
from launcher.screen import Screen

# A first start imports the country's units before the registry is ready.
_READY_SECONDS = 120.0
_STOP_SECONDS = 20.0


class StartBroken(CannotStart):
    """Somebody stopped the platform while it was starting."""


@dataclass
class Platform:
    """What runs from one folder, as its launcher sees it."""

    folder: RunFolder
    screen: Screen
    state: State
    nursery: Nursery
    postgres: PostgresServer | None = None
    kafka: KafkaServer | None = None
    """None when the broker is an operator's own."""
    jobs: dict[str, Job] = field(default_factory=dict)
    writing: threading.Lock = field(default_factory=threading.Lock)
    is_stopping: threading.Event = field(default_factory=threading.Event)

    def record(self, name: str, mark: ProcessMark, port: int | None = None) -> None:
        """Write down a process that was started, so that it is found after kill -9."""
        with self.writing:
            self.state.processes[name] = RunningProcess(mark, port)
            self.folder.write_state(self.state)


def start_platform(folder: RunFolder, screen: Screen, *, gateway_port: int) -> Platform:
    """Start everything in `folder` and wait until it is ready.

    The caller holds the folder; when this raises, `stop_platform` ends what was started.

    Raises:
        CannotStart: with one line that says why.
    """
    plan.environment_name()
    ports.require_free(gateway_port, "the gateway")
    state = State(launcher=processes.mark(os.getpid()), ports=folder.read_state().ports)
    platform = Platform(folder, screen, state, start_nursery(folder.logs / "nursery.log"))
    platform.record("nursery", platform.nursery.mark)
    _choose_ports(state, gateway_port)
    keys.make_keys(folder)
    _start_servers(platform)
    addresses = addresses_of(state)
    platform.jobs = {job.name: job for job in plan.plan_jobs(folder, addresses)}
    _prepare_data(platform)
    _start_services(platform)
    state.gateway = addresses.url("gateway.app")
    folder.write_state(state)
    return platform


def stop_platform(folder: RunFolder, screen: Screen) -> None:
    """Stop what runs from `folder`, whoever started it: what takes work first, what keeps it last.

    Processes are known by id and start time, so that a stranger with a reused id is left alone.
    """
    state = folder.read_state()
    alive = {name: running.mark for name, running in live_processes(state).items()}
    apps = [mark for name, mark in alive.items() if name.endswith(".app")]
    workers = [mark for name, mark in alive.items() if name.endswith(".worker")]
    parent = [mark for name, mark in alive.items() if name == "nursery"]
    # The gateway, started last of the apps, closes its door first; the parent of all ends last,
    # because it is the one that the ends of its children are told to.
    for group in (apps[-1:], apps, workers, parent):
        stop_together(group)
    broker = kafka.running(folder.kafka)
    if broker is not None and processes.stop(broker, timeout_seconds=_STOP_SECONDS):
        java.train_in_background()
    server = postgres.running(folder.postgres)
    if server is not None:
        processes.stop(server, with_signal=signal.SIGINT, timeout_seconds=_STOP_SECONDS)
    state.processes, state.launcher, state.gateway = {}, None, ""
    folder.write_state(state)
    if alive:
        screen.done(f"{len(alive)} processes stopped")


def stop_together(marks: list[ProcessMark]) -> None:
    """Ask several processes to end, then wait for each; one that does not end is killed."""
    for mark in marks:
        processes.ask(mark, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    for mark in marks:
        if not processes.wait_gone(mark, max(0.0, deadline - time.monotonic())):
            processes.kill(mark)


def addresses_of(state: State) -> Addresses:
    """Return where the parts of a platform are found."""
    http = {name: port for name, port in state.ports.items() if name.endswith(".app")}
    return Addresses(state.ports["postgres"], state.kafka, http)


def start_server(platform: Platform, name: str) -> ProcessMark:
    """Start PostgreSQL or Kafka on the port that this run gave it.

    Raises:
        CannotStart: it does not start.
    """
    port = platform.state.ports[name]
    if name == "postgres":
        platform.postgres = postgres.start(platform.folder.postgres, port)
        mark = platform.postgres.mark
    else:
        platform.kafka = kafka.start(platform.folder.kafka, port, progress=_show_fetching(platform))
        mark = platform.kafka.mark
    platform.record(name, mark, port)
    return mark


def start_job(platform: Platform, name: str) -> ProcessMark:
    """Start one of the platform's own processes.

    Raises:
        NurseryDied: there is nobody to fork it from.
    """
    mark = platform.nursery.spawn(platform.jobs[name])
    platform.record(name, mark, platform.state.ports.get(name))
    return mark


def _choose_ports(state: State, gateway_port: int) -> None:
    """Give every part a port: its last one where that is free."""
    given = {gateway_port}
    for name in ("postgres", "kafka", *plan.http_processes()):
        port = state.ports.get(name, 0)
        while port in given or not port or not ports.is_free(port):
            port = ports.free_port()
        state.ports[name] = port
        given.add(port)
    state.ports["gateway.app"] = gateway_port


def _start_servers(platform: Platform) -> None:
    platform.screen.doing("Starting PostgreSQL and Apache Kafka")
    with ThreadPoolExecutor(2) as pool:
        servers = [pool.submit(_start_kafka, platform), pool.submit(_start_postgres, platform)]
        try:
            for server in servers:
                server.result()
        except BaseException:
            platform.is_stopping.set()
            raise


def _show_fetching(platform: Platform) -> Progress:
    def show(what: str, done: int, total: int) -> None:
        if platform.is_stopping.is_set():
            raise StartBroken("The start was broken off.")
        platform.screen.progress(what, done, total)

    return show


def _start_postgres(platform: Platform) -> None:
    start_server(platform, "postgres")
    if platform.postgres is None:
        return
    folder = platform.folder.secrets
    for service in SERVICES:
        owner = databases.password(folder, f"{service}_owner")
        databases.create_database(
            platform.postgres, service, owner, databases.password(folder, service)
        )
    platform.screen.done(f"PostgreSQL 18 on {ports.LOOPBACK}:{platform.postgres.port}")


def _start_kafka(platform: Platform) -> None:
    own = os.environ.get("KAFKA", "")
    if own:
        host, _, port = own.rpartition(":")
        if not port.isdecimal() or not ports.answers(host, int(port), timeout_seconds=5):
            raise BrokerUnreachable(f"No Kafka broker answers at {own} (variable KAFKA).")
        platform.state.kafka = own
        platform.screen.done(f"Apache Kafka at {own}, yours")
        return
    start_server(platform, "kafka")
    platform.state.kafka = f"{ports.LOOPBACK}:{platform.state.ports['kafka']}"
    platform.screen.done(f"Apache Kafka {kafka.VERSION} on {platform.state.kafka}")


def _prepare_data(platform: Platform) -> None:
    """Create topics and bring every database to its newest schema, side by side."""
    platform.screen.doing("Creating topics and tables")
    port = platform.state.ports["postgres"]
    jobs = [plan.topics_job(platform.folder, platform.state.kafka)]
    jobs += [plan.migration_job(platform.folder, service, port) for service in SERVICES]
    started = [(job, platform.nursery.spawn(job)) for job in jobs]
    for job, mark in started:
        if platform.nursery.wait(mark, job.name) != 0:
            raise ServerFailed(f"{job.name} failed: {processes.last_line(Path(job.log))}")
    platform.screen.done("Topics and tables are at their newest")


def _start_services(platform: Platform) -> None:
    platform.screen.doing("Starting the services")
    started = {name: start_job(platform, name) for name in platform.jobs}
    awaited = list(plan.http_processes())
    deadline = time.monotonic() + _READY_SECONDS
    while awaited:
        _require_alive(platform, started)
        awaited = [name for name in awaited if not ports.is_ready(platform.state.ports[name])]
        if awaited and time.monotonic() > deadline:
            log = platform.jobs[awaited[0]].log
            raise ServerFailed(f"{awaited[0]} is not ready: see {log}.")
        platform.screen.doing(f"Waiting for {', '.join(awaited)}")
        time.sleep(0.05)
    _require_alive(platform, started)
    platform.screen.done(f"{len(started)} service processes are ready")


def _require_alive(platform: Platform, started: dict[str, ProcessMark]) -> None:
    for name, mark in started.items():
        if processes.find(mark) is None:
            raise ServerFailed(_why_ended(platform, name))


def _why_ended(platform: Platform, name: str) -> str:
    log = Path(platform.jobs[name].log)
    return f"{name} ended instead of starting: {processes.last_line(log) or log}"
