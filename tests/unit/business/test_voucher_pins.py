"""PINs: drawn, kept, typed in, written."""

from __future__ import annotations

import stat
from pathlib import Path
from uuid import uuid4

import pytest

from openmvno import provisioning
from openmvno.provisioning import Sealer
from openmvno.settings import Settings
from openmvno.vouchers import PinKey, write_private
from openmvno.vouchers.pins import PIN_DIGITS, new_pins, typed_pin


def test_pins_are_all_different_and_of_one_length() -> None:
    pins = new_pins(20_000)
    assert len(set(pins)) == 20_000
    assert {len(pin) for pin in pins} == {PIN_DIGITS}
    assert "".join(pins).isdigit()


def test_what_is_kept_depends_on_tenant_and_key_and_outlives_a_rotation(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    tenant, other = uuid4(), uuid4()
    mac = PinKey(Sealer.from_settings(settings), tenant).mac("1234567890123456")
    assert len(mac) == 32
    provisioning.new_key(tmp_path)
    provisioning.new_key(tmp_path)
    assert PinKey(Sealer.from_settings(settings), tenant).mac("1234567890123456") == mac
    assert PinKey(Sealer.from_settings(settings), other).mac("1234567890123456") != mac
    (tmp_path / "sealing.key.vouchers").unlink()
    assert PinKey(Sealer.from_settings(settings), tenant).mac("1234567890123456") != mac


def test_the_voucher_key_belongs_to_a_backup() -> None:
    assert "sealing.key.vouchers" in provisioning.SEALING_KEY_FILES


def test_pins_as_people_type_them() -> None:
    assert typed_pin(" 1234 5678-9012\t3456 ") == "1234567890123456"


def test_a_private_file_is_new_and_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "pins.csv"
    write_private(path, b"serial,pin\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_private(path, b"others")
    assert path.read_bytes() == b"serial,pin\n"
