"""Keys in a vendor's file, encrypted under a key that operator and vendor share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

LENGTHS: Final = {"aes": (16, 24, 32), "triple_des": (16, 24)}
"""Octets a transport key may have, by its algorithm."""


@dataclass(frozen=True, slots=True)
class TransportKey:
    """``algorithm``: aes or triple_des, both block by block (ECB), as the vendors have it."""

    algorithm: str
    key: bytes = field(repr=False)

    def open(self, encrypted: str) -> str:
        """The key of a card, in hexadecimal digits as it came."""
        cipher = AES(self.key) if self.algorithm == "aes" else TripleDES(self.key)
        # A card's key is random and one or two blocks long: ECB is what the files use.
        decryptor = Cipher(cipher, ECB()).decryptor()  # noqa: S305
        return (decryptor.update(bytes.fromhex(encrypted)) + decryptor.finalize()).hex()
