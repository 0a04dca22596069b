"""Generate python/openmvno/rpc from proto/ (``make proto``): messages, stubs, grpclib services.

python proto/generate.py [folder]    folder: where to put them, instead of python/
"""

from __future__ import annotations

import sys
from pathlib import Path

import grpc_tools  # type: ignore[import-untyped]
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
FILES = ("charging/v1/charging.proto", "engine/v1/engine.proto")


def arguments(target: Path) -> list[str]:
    """protoc's command line. The files get a virtual place under openmvno/rpc, so that the
    generated modules import each other as openmvno.rpc.<...>."""
    mapping = f"openmvno/rpc={ROOT / 'proto' / 'openmvno'}"
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    plugin = Path(sys.executable).parent / "protoc-gen-grpclib_python"
    return [
        "protoc",
        f"--plugin=protoc-gen-grpclib_python={plugin}",
        f"-I{mapping}",
        f"-I{well_known}",
        f"--python_out={target}",
        f"--pyi_out={target}",
        f"--grpclib_python_out={target}",
        *(f"openmvno/rpc/{file}" for file in FILES),
    ]


def generate(target: Path) -> None:
    """Write the generated modules below ``target``.

    Raises:
        RuntimeError: protoc refused the files; it has said why.
    """
    if protoc.main(arguments(target)) != 0:
        raise RuntimeError("protoc failed")


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "python")
