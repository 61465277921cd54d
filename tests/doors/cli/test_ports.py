import socket

import pytest

from bocau.doors.cli.up.ports import PortForbiddenError, PortTakenError, require_free
from tests.fakes.ports import free_port


def test_free_port_is_free_again_after_the_question() -> None:
    port = free_port()
    require_free("127.0.0.1", port, "BOCAU_WEB_PORT")
    with socket.create_server(("127.0.0.1", port)) as server:
        assert server.getsockname()[1] == port


def test_taken_port_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(PortTakenError) as error:
        require_free("127.0.0.1", server.getsockname()[1], "BOCAU_WEB_PORT")
    assert "BOCAU_WEB_PORT" in error.value.advice()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_address_that_is_not_ours_is_named(host: str) -> None:
    with pytest.raises(PortForbiddenError) as error:
        require_free(host, 0, "BOCAU_WEB_PORT")
    assert host in str(error.value)
