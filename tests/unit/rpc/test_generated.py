"""The committed gRPC code is what proto/ says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RPC = ROOT / "python" / "openmvno" / "rpc"


def _generated(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for pattern in ("*_pb2.py", "*_pb2.pyi", "*_grpc.py")
        for path in folder.rglob(pattern)
    }


def test_the_generated_code_is_up_to_date(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "proto" / "generate.py"), str(tmp_path)], check=True)
    fresh = _generated(tmp_path / "openmvno" / "rpc")
    assert len(fresh) == 6
    assert _generated(RPC) == fresh, "run `make proto`"
