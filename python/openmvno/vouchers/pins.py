"""PINs: how they are made, what is kept of them, and how they leave.

The database has an HMAC of each PIN under a key that is not in it, so that neither a copy of it nor
a backup lets anybody use a card. The PINs themselves are seen once, by whoever has them printed: in
a file only its owner may read, or encrypted for a certificate.
"""

from __future__ import annotations

import hmac
import os
import secrets
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7EnvelopeBuilder,
    PKCS7Options,
)

from openmvno.provisioning import Sealer
from openmvno.vouchers.errors import VoucherCertificateInvalid
from openmvno.vouchers.model import shown_serial

PIN_DIGITS: Final = 16
"""10^16 PINs: with a million on sale one guess in ten thousand million finds one."""

_PINS: Final = 10**PIN_DIGITS
_FAIR_BELOW: Final = 2**64 - 2**64 % _PINS

HEADER: Final = "serial,pin\n"


class PinKey:
    """Makes of a PIN what the database has of it."""

    def __init__(self, sealer: Sealer, tenant_id: UUID) -> None:
        self._key = sealer.voucher_key()
        self._prefix = tenant_id.bytes

    def mac(self, pin: str) -> bytes:
        """HMAC-SHA-256 of the PIN (RFC 2104), with the tenant it is for."""
        return hmac.digest(self._key, self._prefix + pin.encode(), "sha256")


def new_pins(count: int) -> list[str]:
    """``count`` different PINs from the system's source of randomness."""
    pins: dict[str, None] = {}
    while len(pins) < count:
        # Whole multiples of the range only, so that no PIN is likelier than another.
        for number in array("Q", secrets.token_bytes(8 * (count - len(pins)))):
            if number < _FAIR_BELOW:
                pins[f"{number % _PINS:0{PIN_DIGITS}d}"] = None
    return list(pins)


def typed_pin(text: str) -> str:
    """A PIN as people type it: in groups, with blanks or dashes between."""
    return "".join(letter for letter in text if letter not in " -\t\u00a0")


def pin_list(first_serial: int, pins: Sequence[str]) -> str:
    """CSV for the printer: serial number and PIN of each card."""
    return HEADER + "".join(
        f"{shown_serial(serial)},{pin}\n" for serial, pin in enumerate(pins, first_serial)
    )


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read; it is on disk when this returns.

    Raises:
        FileExistsError: there is one already; PINs are never written over others.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def encrypted(text: str, certificate: str) -> bytes:
    """``text`` for the owner of a certificate: CMS EnvelopedData (RFC 5652 section 6) in PEM.

    ``certificate``: X.509 in PEM, with an RSA key. ``openssl cms -decrypt -inform PEM`` reads it.

    Raises:
        VoucherCertificateInvalid.
    """
    try:
        recipient = x509.load_pem_x509_certificate(certificate.encode())
        key = recipient.public_key()
    except ValueError as error:
        raise VoucherCertificateInvalid(
            f"It is not an X.509 certificate in PEM: {error}", field="certificate"
        ) from error
    if not isinstance(key, RSAPublicKey):
        raise VoucherCertificateInvalid("Its key is not an RSA key.", field="certificate")
    builder = PKCS7EnvelopeBuilder().set_data(text.encode()).add_recipient(recipient)
    return builder.set_content_encryption_algorithm(AES256).encrypt(
        Encoding.PEM, [PKCS7Options.Binary]
    )
