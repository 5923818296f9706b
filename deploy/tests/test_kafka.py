"""The embedded Apache Kafka: one broker that keeps what it acknowledged."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from launcher import jars, java, kafka, processes
from launcher.refusals import (
    AlreadyRunning,
    ForeignCluster,
    JarUnavailable,
    PortTaken,
    ServerFailed,
)

# The first run on a machine fetches 43 MB.
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kafka.KafkaServer]:
    running = kafka.start(tmp_path_factory.mktemp("kafka"))
    yield running
    running.stop()


async def create_topic(address: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1)])
    finally:
        await admin.close()


async def send(address: str, topic: str, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def read(address: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=address, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    try:
        return [(await asyncio.wait_for(consumer.getone(), 20)).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_what_is_sent_is_read_in_order(server: kafka.KafkaServer) -> None:
    await create_topic(server.address, "plain")
    await send(server.address, "plain", b"1", b"2", b"3")

    values = await read(server.address, "plain", 3)

    assert values == [b"1", b"2", b"3"]


async def test_acknowledged_events_survive_kill_9_and_a_new_port(tmp_path: Path) -> None:
    crashed = kafka.start(tmp_path / "kafka")
    await create_topic(crashed.address, "kept")
    await send(crashed.address, "kept", b"1", b"2")
    crashed.kill()

    again = kafka.start(tmp_path / "kafka")

    try:
        assert again.port != crashed.port
        assert await read(again.address, "kept", 2) == [b"1", b"2"]
    finally:
        again.kill()


def test_a_foreign_log_is_refused_in_one_line_and_kept(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "meta.properties").write_text("version=1\ncluster.id=AAAAAAAAAAAAAAAAAAAAAA\n")

    with pytest.raises(ForeignCluster, match="belongs to Kafka cluster AAAAAAAAAAAAAAAAAAAAAA"):
        kafka.start(tmp_path)

    assert "AAAA" in (data / "meta.properties").read_text()


def test_a_second_broker_on_the_same_log_is_refused(server: kafka.KafkaServer) -> None:
    with pytest.raises(AlreadyRunning, match=f"process {server.pid}"):
        kafka.start(server.directory)


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortTaken, match=f"Port {port} .*, needed for Kafka, is taken"):
            kafka.start(tmp_path, port)


def test_stopping_leaves_no_process_behind(tmp_path: Path) -> None:
    server = kafka.start(tmp_path)

    server.stop()

    assert processes.find(server.mark) is None


def test_a_log_that_kafka_cannot_read_is_told_in_one_line(tmp_path: Path) -> None:
    server = kafka.start(tmp_path)
    server.kill()
    metadata = tmp_path / "data" / "meta.properties"
    metadata.write_text(metadata.read_text().replace("node.id=1", "node.id=7"))

    with pytest.raises(ServerFailed, match=r"Kafka did not start: .*Exception") as refusal:
        kafka.start(tmp_path)

    assert "\n" not in str(refusal.value)


def test_a_cluster_id_is_never_taken_for_an_option() -> None:
    made = [kafka.new_cluster_id() for _ in range(2_000)]

    assert all(len(one) == 22 and one[0] != "-" for one in made)


def test_every_listed_jar_has_a_version_and_a_hash() -> None:
    listed = jars.listed_jars()

    assert len(listed) == 45
    assert all(len(jar.sha256) == 64 and jar.version for jar in listed)
    assert len({jar.file_name for jar in listed}) == len(listed)


def test_a_jar_that_was_changed_on_disk_is_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = jars.fetch_jars()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for path in genuine:
        (jars.jar_folder() / path.name).symlink_to(path)
    (jars.jar_folder() / genuine[0].name).unlink()
    (jars.jar_folder() / genuine[0].name).write_bytes(b"not a jar")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    with pytest.raises(JarUnavailable, match="check the network, or put"):
        jars.fetch_jars()


def test_a_new_java_runtime_or_jar_gets_a_new_cache() -> None:
    one, other = [Path("a.jar")], [Path("a.jar"), Path("b.jar")]

    assert java.cache_file(one) != java.cache_file(other)
