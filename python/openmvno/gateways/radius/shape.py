"""What is no RADIUS request by its first octets never reaches us: the system drops it for us.

A flood of noise then costs its sender's processor, and none of the room that requests wait in.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from typing import Final

ACCESS_REQUEST: Final = 1
ACCOUNTING_REQUEST: Final = 4
STATUS_SERVER: Final = 12

_ATTACH_FILTER: Final = 26
"""SO_ATTACH_FILTER of socket(7)."""
_MEMORY: Final = 55
"""SO_MEMINFO: nine words, the last of which counts what was dropped."""
_DROPS_AT: Final = 8 * 4

_UDP_HEADER: Final = 8
_CODE_AT, _LENGTH_AT = _UDP_HEADER, _UDP_HEADER + 2
_SHORTEST, _LONGEST = 20, 4_096
"""Octets of a packet (RFC 2865 section 3); what comes behind them is padding."""

# Instructions of classic BPF, see the kernel's Documentation/networking/filter.rst.
_LOAD_OCTET, _LOAD_HALF, _LOAD_SIZE = 0x30, 0x28, 0x80
_EQUAL, _AT_LEAST, _MORE, _AT_LEAST_X = 0x15, 0x35, 0x25, 0x3D
_ADD, _TO_X, _RETURN = 0x04, 0x07, 0x06
_INSTRUCTION = struct.Struct("=HBBI")


def accept_only(endpoint: socket.socket, code: int) -> None:
    """Let the system drop what does not begin like a request of ``code`` or a Status-Server: by its
    code, and by a length it must have and must not exceed."""
    program = (
        (_LOAD_OCTET, 0, 0, _CODE_AT),
        (_EQUAL, 1, 0, code),
        (_EQUAL, 0, 8, STATUS_SERVER),
        (_LOAD_HALF, 0, 0, _LENGTH_AT),
        (_AT_LEAST, 0, 6, _SHORTEST),
        (_MORE, 5, 0, _LONGEST),
        (_ADD, 0, 0, _UDP_HEADER),
        (_TO_X, 0, 0, 0),
        (_LOAD_SIZE, 0, 0, 0),
        (_AT_LEAST_X, 0, 1, 0),
        (_RETURN, 0, 0, 0xFFFF_FFFF),
        (_RETURN, 0, 0, 0),
    )
    octets = b"".join(_INSTRUCTION.pack(*instruction) for instruction in program)
    memory = ctypes.create_string_buffer(octets, len(octets))
    described = struct.pack("@HP", len(program), ctypes.addressof(memory))
    endpoint.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, described)


def dropped_by_system(endpoint: socket.socket) -> int:
    """Datagrams that never reached us: no requests by their shape, or no room for them."""
    words = endpoint.getsockopt(socket.SOL_SOCKET, _MEMORY, _DROPS_AT + 4)
    return int.from_bytes(words[_DROPS_AT:], "little") if len(words) > _DROPS_AT else 0
