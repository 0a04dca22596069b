"""A port that is taken is named, with the setting that moves it."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from openmvno.settings import Settings
from openmvno.supervisor import StartError
from openmvno.supervisor.ports import PORT_FIELDS, check_ports


@pytest.fixture
def ports(free_port: Callable[[], int]) -> dict[str, int]:
    return {field: free_port() for field in PORT_FIELDS}


def test_free_ports_are_fine(ports: dict[str, int]) -> None:
    check_ports(Settings.model_validate(ports))


def test_a_taken_port_is_named_with_its_setting(ports: dict[str, int]) -> None:
    with (
        socket.create_server(("127.0.0.1", ports["diameter_port"])),
        pytest.raises(StartError) as caught,
    ):
        check_ports(Settings.model_validate(ports))

    assert str(caught.value) == (
        f"Port {ports['diameter_port']} (Diameter) is in use by another program: stop that one, "
        "or set OPENMVNO_DIAMETER_PORT to a free port."
    )


def test_two_doors_on_one_port_are_refused(ports: dict[str, int]) -> None:
    ports["grpc_port"] = ports["http_port"]

    with pytest.raises(StartError, match="OPENMVNO_HTTP_PORT and OPENMVNO_GRPC_PORT are both"):
        check_ports(Settings.model_validate(ports))


def test_a_taken_udp_port_is_named_and_a_tcp_port_of_its_number_is_none(
    ports: dict[str, int],
) -> None:
    ports["radius_accounting_port"] = ports["http_port"]
    check_ports(Settings.model_validate(ports))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", ports["radius_authentication_port"]))

        with pytest.raises(StartError, match=r"\(RADIUS authentication\) is in use"):
            check_ports(Settings.model_validate(ports))
