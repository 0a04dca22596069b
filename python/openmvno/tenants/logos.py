"""Logos: PNG and JPEG, told by what is in them. SVG is not taken: it can carry scripts."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from openmvno.tenants.errors import LogoInvalid

LARGEST: Final = 64 << 10
"""Bytes."""

WIDEST: Final = 2048
"""Pixels, and as high."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"  # RFC 2083 section 3.1 (PNG third edition, clause 5.2)
_JPEG: Final = b"\xff\xd8"  # ITU-T T.81 clause B.1.1.3: SOI
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15, without DHT, JPG and DAC (ITU-T T.81 table B.1)."""


def media_type_of(logo: bytes) -> str:
    """The media type of a logo that is whole.

    Raises:
        LogoInvalid.
    """
    if len(logo) > LARGEST:
        raise LogoInvalid(
            f"It has {len(logo)} bytes.", field="logo", accepted=f"at most {LARGEST} bytes"
        )
    try:
        if logo.startswith(_PNG):
            media_type, (width, height) = "image/png", _png_size(logo)
        elif logo.startswith(_JPEG):
            media_type, (width, height) = "image/jpeg", _jpeg_size(logo)
        else:
            raise LogoInvalid("It is neither PNG nor JPEG.", field="logo")
    except (struct.error, IndexError, StopIteration) as error:
        raise LogoInvalid("The picture is cut off or damaged.", field="logo") from error
    if not (0 < width <= WIDEST and 0 < height <= WIDEST):
        raise LogoInvalid(
            f"It is {width} by {height} pixels.",
            field="logo",
            accepted=f"1 by 1 to {WIDEST} by {WIDEST} pixels",
        )
    return media_type


def _png_size(logo: bytes) -> tuple[int, int]:
    chunks = list(_png_chunks(logo))
    if chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise LogoInvalid("The picture is cut off or damaged.", field="logo")
    width, height = struct.unpack(">II", chunks[0][1][:8])
    return width, height


def _png_chunks(logo: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_PNG)
    while place < len(logo):
        length, kind = struct.unpack_from(">I4s", logo, place)
        content = logo[place + 8 : place + 8 + length]
        (sum_given,) = struct.unpack_from(">I", logo, place + 8 + length)
        if zlib.crc32(kind + content) != sum_given:
            raise LogoInvalid("The picture is cut off or damaged.", field="logo")
        yield kind, content
        place += 12 + length


def _jpeg_size(logo: bytes) -> tuple[int, int]:
    if not logo.endswith(b"\xff\xd9"):  # EOI
        raise LogoInvalid("The picture is cut off or damaged.", field="logo")
    place = 2
    while logo[place] == 0xFF:
        kind = logo[place + 1]
        (length,) = struct.unpack_from(">H", logo, place + 2)
        if kind in _FRAMES:
            height, width = struct.unpack_from(">HH", logo, place + 5)
            return width, height
        place += 2 + length
    raise LogoInvalid("The picture is cut off or damaged.", field="logo")
