"""Diameter over TLS, as RFC 6733 section 13.1 has it: handshake first, both sides certified."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.certificates import Authority, Certificate
from tests.support.diameter_peer import Peer
from tests.support.roles import Role

from openmvno.settings import Settings
from openmvno.story.business import BusinessApi
from openmvno.story.system import endpoints as endpoints_of
from openmvno.story.system import free_ports, temporary_system, tenant_token

GATEWAY = "gateway.e2e.example"


@dataclass(frozen=True)
class Secured:
    """A system that listens on TLS."""

    settings: Settings
    api: BusinessApi
    authority: Authority
    gateway: Certificate

    def connect(self, context: ssl.SSLContext | None = None) -> Peer:
        """A TLS connection of the gateway, before its CER."""
        return Peer(
            self.settings.diameter_tls_port,
            greet=False,
            tls=context or self.authority.client_context(self.gateway),
        )

    def greeted(self, context: ssl.SSLContext | None = None) -> int:
        """The Result-Code of a CER over TLS."""
        with self.connect(context) as peer:
            code: int = peer.send(peer.capabilities()).result_code
            return code


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder)
    server = authority.sign("localhost")
    log = folder / "openmvno.log"
    with temporary_system(
        log,
        diameter_tls_port=free_ports(1)[0],
        diameter_tls_certificate=server.certificate,
        diameter_tls_key=server.key,
        diameter_tls_client_ca=authority.certificate,
    ) as settings:
        token = tenant_token(settings, "e2e")
        api = BusinessApi(endpoints_of(settings, token).api_url, token)
        yield Secured(settings, api, authority, authority.sign("gw-certificate.example"))
        api.close()
    assert "Traceback" not in log.read_text(), log.read_text()


def test_requests_are_served_over_tls(secured: Secured) -> None:
    with secured.connect() as peer:
        assert peer.send(peer.capabilities()).result_code == 2001
        (connection,) = secured.api.get("/v1/peer-connections")
        assert (connection["secure"], connection["origin_host"]) == (True, GATEWAY)


def test_plain_tcp_stays_beside_it(secured: Secured) -> None:
    with Peer(secured.settings.diameter_port) as peer:
        states = {each["secure"] for each in secured.api.get("/v1/peer-connections")}
        assert states == {False}
        assert peer.send(peer.capabilities()).result_code == 2001


def test_a_client_without_certificate_is_not_let_in(secured: Secured) -> None:
    with pytest.raises((OSError, AssertionError)):
        secured.greeted(secured.authority.client_context(None))


def test_a_certificate_of_somebody_else_is_not_let_in(secured: Secured, tmp_path: Path) -> None:
    other = Authority(tmp_path, "another authority").sign("gw-certificate.example")
    with pytest.raises((OSError, AssertionError)):
        secured.greeted(secured.authority.client_context(other))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_old_versions_of_tls_are_refused(secured: Secured) -> None:
    context = secured.authority.client_context(secured.gateway)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.raises(OSError, match=r"(?i)version|protocol|reset"):
        secured.greeted(context)


def test_a_peer_is_bound_to_the_name_in_its_certificate(secured: Secured) -> None:
    own = {"certificate": "gw-certificate.example"}
    secured.api.put(f"/v1/peers/{GATEWAY}", own)
    assert secured.greeted() == 2001
    impostor = secured.authority.sign("other-certificate.example")
    assert secured.greeted(secured.authority.client_context(impostor)) == 3010
    with Peer(secured.settings.diameter_port, greet=False) as plain:
        assert plain.send(plain.capabilities()).result_code == 3010, "without TLS at all"
    # A certificate of several names.
    both = secured.authority.sign("other.example", "gw-certificate.example")
    assert secured.greeted(secured.authority.client_context(both)) == 2001
    secured.api.delete(f"/v1/peers/{GATEWAY}")


def test_plain_octets_on_the_tls_port_are_not_served(secured: Secured) -> None:
    with Peer(secured.settings.diameter_tls_port, greet=False) as peer:
        peer.write(peer.octets(peer.capabilities()))
        answer = peer.read()
        assert answer is None or answer[0] != 1, "no Diameter before the handshake"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_on_the_handshake(secured: Secured) -> None:
    address = f"127.0.0.1:{secured.settings.diameter_tls_port}"
    trust = ["-CAfile", str(secured.authority.certificate), "-verify_return_error"]
    shown = ["-cert", str(secured.gateway.certificate), "-key", str(secured.gateway.key)]
    finished = subprocess.run(
        ["openssl", "s_client", "-connect", address, *trust, *shown],
        input=b"",
        capture_output=True,
        check=False,
        timeout=30,
    )
    said = finished.stdout.decode()
    assert "Verify return code: 0 (ok)" in said
    assert "TLSv1.3" in said


def test_half_a_configuration_is_told(
    settings: Settings, database_url: str, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    half = {"OPENMVNO_DIAMETER_TLS_CERTIFICATE": str(authority.certificate)}
    with Role("charge", settings, tmp_path / "charge.log", half) as role:
        assert role.process is not None
        assert role.process.wait(30) == 1
        missing = "OPENMVNO_DIAMETER_TLS_KEY and OPENMVNO_DIAMETER_TLS_CLIENT_CA"
        assert f"Diameter over TLS needs {missing}, too." in role.log


def shown_by(secured: Secured, context: ssl.SSLContext) -> bytes:
    """The certificate the server shows, DER."""
    with (
        socket.create_connection(("127.0.0.1", secured.settings.diameter_tls_port), 10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as stream,
    ):
        certificate = stream.getpeercert(binary_form=True)
    assert certificate is not None
    return certificate


def test_renewed_certificates_are_for_new_connections(secured: Secured) -> None:
    context = secured.authority.client_context(secured.gateway)
    before = shown_by(secured, context)
    with secured.connect(context) as open_before:
        assert open_before.send(open_before.capabilities()).result_code == 2001
        renewed = secured.authority.sign("localhost")  # into the same files
        deadline = time.monotonic() + 15
        while shown_by(secured, context) == before:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        shown = ssl.DER_cert_to_PEM_cert(shown_by(secured, context))
        assert shown == renewed.certificate.read_text()
        assert secured.greeted(context) == 2001
        again = open_before.send(open_before.capabilities())
        assert again.result_code == 2001, "a connection that was there goes on"
    renewed.key.write_text("not a key")
    time.sleep(3)
    assert secured.greeted(context) == 2001, "files that do not fit are not taken"
    secured.authority.sign("localhost")
