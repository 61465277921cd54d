import socket
from pathlib import Path

import pytest

from bocau.base.config import Settings
from bocau.base.presence import announce
from bocau.doors.web.alive import answers, parts_alive


def states(settings: Settings) -> dict[str, str]:
    return {part.name: part.state for part in parts_alive(settings)}


def test_only_the_web_runs_when_it_is_started_alone(tmp_path: Path) -> None:
    assert states(Settings(home=tmp_path)) == {
        "web": "up",
        "worker": "down",
        "beat": "down",
        "broker": "down",
        "sandbox": "down",
    }


def test_parts_of_a_cluster_may_run_on_other_machines(tmp_path: Path) -> None:
    found = states(Settings(home=tmp_path, broker_url="redis://127.0.0.1:9"))
    assert (found["worker"], found["beat"], found["broker"]) == ("unseen", "unseen", "down")


def test_part_is_up_while_its_process_says_so(tmp_path: Path) -> None:
    leave = announce(tmp_path, "worker")
    assert states(Settings(home=tmp_path))["worker"] == "up"
    leave()
    assert states(Settings(home=tmp_path))["worker"] == "down"


def test_redis_answers_on_its_socket(broker_socket: Path) -> None:
    for kind in ("redis+socket", "unix"):
        assert answers(f"{kind}://{broker_socket}")
        assert answers(f"{kind}://{broker_socket}?virtual_host=1")
    assert not answers("redis+socket:///no/such/socket")


def test_rabbitmq_counts_when_its_port_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert answers(f"amqp://user:secret@127.0.0.1:{port}//")
    assert not answers(f"amqp://user:secret@127.0.0.1:{port}//")


def test_port_that_does_not_speak_redis_is_no_broker() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not answers(f"redis://127.0.0.1:{port}/0")


@pytest.mark.parametrize("url", ["redis://[::1", "redis://127.0.0.1:99999", "redis://127.0.0.1:x"])
def test_nonsense_is_no_broker(url: str) -> None:
    assert not answers(url)


def test_queues_of_a_cloud_are_not_asked() -> None:
    assert answers("sqs://key:secret@")
