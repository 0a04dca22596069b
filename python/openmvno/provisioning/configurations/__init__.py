"""Ready configurations: what a full, a thin and an OTT MVNO tell the network, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import Any, Final

import yaml

from openmvno.errors import one_of
from openmvno.provisioning.errors import ConfigurationInvalid

NAMES: Final = ("full", "thin", "ott")
"""What an MVNO may be."""

READY: Final = (*NAMES, "full-vty")
"""All of them; the last is a full MVNO whose HLR is told by its command line."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """``parameters``: what each is, by name. ``targets``: as the API takes them, by name."""

    name: str
    summary: str
    parameters: dict[str, str]
    targets: dict[str, dict[str, Any]]

    def with_values(self, values: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        """Its targets, complete.

        Raises:
            ConfigurationInvalid: a parameter is missing, or is none of its.
        """
        missing = [
            f"{name} ({what})" for name, what in self.parameters.items() if name not in values
        ]
        if missing:
            raise ConfigurationInvalid(
                f"{self.name} needs more parameters.",
                field=None,
                accepted=f"--set with {', '.join(missing)}",
            )
        surplus = sorted(set(values) - set(self.parameters))
        if surplus:
            raise ConfigurationInvalid(
                f"{self.name} has no {', '.join(surplus)}.",
                field=None,
                accepted=one_of(self.parameters),
            )
        targets: dict[str, dict[str, Any]] = _filled(self.targets, values)
        return targets


def configuration(name: str) -> Configuration:
    """A ready configuration.

    Raises:
        ConfigurationInvalid: there is none of this name.
    """
    if name not in READY:
        raise ConfigurationInvalid(
            f"There is no configuration {name[:60]!r}.", field=None, accepted=one_of(READY)
        )
    document = yaml.safe_load(resources.files(__name__).joinpath(f"{name}.yaml").read_text("utf-8"))
    return Configuration(name, **document)


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return Template(value).safe_substitute(values)
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    if isinstance(value, dict):
        return {name: _filled(each, values) for name, each in value.items()}
    return value
