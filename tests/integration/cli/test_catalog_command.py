"""``openmvno catalog validate``: mistakes with path and line, exit status 1."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from typer.testing import CliRunner

from openmvno.cli.main import build

SAMPLE = resources.files("openmvno.sample").joinpath("catalog.yaml").read_text("utf-8")


def test_validate(tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text(SAMPLE)
    good = CliRunner().invoke(build(), ["catalog", "validate", str(file)])
    assert good.exit_code == 0, good.output
    assert "products: 1" in good.output
    file.write_text(SAMPLE.replace("unit: event", "unit: evnt"))
    bad = CliRunner().invoke(build(), ["catalog", "validate", str(file)])
    assert bad.exit_code == 1
    assert "services[1].unit (line 10): must be one of" in bad.output
