"""Signatures, retries and sealed secrets."""

from __future__ import annotations

import hashlib
import hmac
import stat
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag

from openmvno.provisioning.rules import MOST_ATTEMPTS, delay_after, signature
from openmvno.provisioning.sealing import Sealer
from openmvno.settings import Settings


def test_a_receiver_can_check_the_signature() -> None:
    value = signature("a secret of ours", 1_700_000_000, b'{"event":"line.activated"}')
    parts = dict(part.split("=", 1) for part in value.split(","))
    said = parts["t"].encode() + b'.{"event":"line.activated"}'
    expected = hmac.new(b"a secret of ours", said, hashlib.sha256).hexdigest()
    assert parts["v1"] == expected


def test_delays_grow_and_end() -> None:
    delays = [delay_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]
    given = [delay for delay in delays if delay is not None]
    assert len(given) == len(delays)
    assert 0.75 <= given[0] <= 1
    assert all(later > earlier for earlier, later in pairwise(given[:9]))
    assert max(given) <= 300
    assert delay_after(MOST_ATTEMPTS) is None


def test_a_silent_target_is_tried_for_days() -> None:
    delay = delay_after(5000, timedelta(days=6))
    assert delay is not None
    assert 225 <= delay <= 300
    assert delay_after(5000, timedelta(days=8)) is None


def test_a_sealed_secret_belongs_to_its_row() -> None:
    sealer, tenant = Sealer(b"k" * 32), uuid4()
    sealed = sealer.seal(tenant, "hlr", "the secret")
    assert b"the secret" not in sealed
    assert sealer.open(tenant, "hlr", sealed) == "the secret"
    for wrong_tenant, wrong_name in ((uuid4(), "hlr"), (tenant, "other")):
        with pytest.raises(InvalidTag):
            sealer.open(wrong_tenant, wrong_name, sealed)


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    tenant = uuid4()
    sealed = Sealer.from_settings(settings).seal(tenant, "hlr", "the secret")
    assert Sealer.from_settings(settings).open(tenant, "hlr", sealed) == "the secret"
    assert [file.name for file in tmp_path.iterdir()] == ["sealing.key"]
    assert stat.S_IMODE((tmp_path / "sealing.key").stat().st_mode) == 0o600
