import pytest

from bocau.doors.cli.worker import QueueUnknownError, named
from tests.doors.cli.conftest import Cli


def test_queues_are_named_once_and_may_have_a_region() -> None:
    assert named("bulk, chores,bulk") == ("bulk", "chores")
    assert named("bulk.eu-west,transactional") == ("bulk.eu-west", "transactional")


@pytest.mark.parametrize("queues", ["", ",", "bulks", "bulk.", "bulk;chores", "../bulk"])
def test_unknown_queue_is_refused(queues: str) -> None:
    with pytest.raises(QueueUnknownError):
        named(queues)


@pytest.mark.parametrize("noun", ["worker", "beat"])
def test_without_a_broker_there_is_a_sentence(cli: Cli, noun: str) -> None:
    cli("db", "upgrade")
    assert cli(noun, "--json").error["code"] == "broker-unset"
