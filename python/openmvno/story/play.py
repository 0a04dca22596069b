"""Plays the steps one after the other and reports each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from openmvno.story import afterwards, calling, sharing, subscribing
from openmvno.story.business import ApiError, BusinessApi
from openmvno.story.carrier import CarrierNetwork
from openmvno.story.full import HlrNetwork, RegisterMissingError
from openmvno.story.network import NetworkError, connected_gateway
from openmvno.story.networks import Network
from openmvno.story.ott import OttNetwork
from openmvno.story.report import Report, Step
from openmvno.story.stage import Stage
from openmvno.story.tariff import CATALOG

STEPS: tuple[tuple[str, Callable[[Stage, Step], None]], ...] = (
    ("Products and services are configured, SIM cards are imported", subscribing.prepare),
    ("A customer signs up: customer, line, number, SIM card, first money", subscribing.sign_up),
    ("The network knows SIM card and number; a blocked line loses service", subscribing.provision),
    ("The phone registers to the network", subscribing.register_phone),
    ("A call is authorised", calling.authorise),
    ("Funds are locked period by period", calling.lock_periods),
    ("The call is over, its CDR is there", calling.end_call),
    ("Messages and data at the same time on a balance that runs out", sharing.run_out),
    ("Roaming usage comes as a file", afterwards.rate_file),
    ("The subscriber asks for the balance by USSD", afterwards.ask_balance),
)


class StoryError(Exception):
    """The story cannot be played here; the message says why."""


@dataclass(frozen=True)
class Endpoints:
    """Where the system listens, and as whom to call its API."""

    api_url: str
    token: str
    diameter_address: str
    diameter_port: int
    diameter_host: str
    diameter_realm: str


def open_network(kind: str, hlr: str | None = None) -> Network:
    """The systems around a full, thin or OTT MVNO. ``hlr``: address of an OsmoHLR that runs; a full
    one without gets its own.

    Raises:
        StoryError: there is no OsmoHLR.
    """
    try:
        if kind == "full":
            return HlrNetwork(hlr)
        return CarrierNetwork() if kind == "thin" else OttNetwork()
    except RegisterMissingError as error:
        raise StoryError(str(error)) from error


def play(
    endpoints: Endpoints,
    report: Report,
    network: Network | None = None,
    *,
    replace_catalog: bool = False,
) -> bool:
    """Play all steps, as an OTT MVNO unless another network is given; whether every one held.

    Raises:
        StoryError: the tenant has a catalogue of its own, or the system cannot be reached.
    """
    with ExitStack() as scene:
        api = BusinessApi(endpoints.api_url, endpoints.token)
        scene.callback(api.close)
        try:
            if not replace_catalog and api.published_catalog() not in (None, CATALOG):
                raise StoryError(
                    "This tenant has a catalogue of its own, which the story would replace: use "
                    "a tenant made for it, or say --replace-catalog."
                )
            gateway = scene.enter_context(
                connected_gateway(
                    endpoints.diameter_address,
                    endpoints.diameter_port,
                    endpoints.diameter_host,
                    endpoints.diameter_realm,
                )
            )
        except (ApiError, NetworkError) as error:
            raise StoryError(str(error)) from error
        around: Network = network or OttNetwork()
        scene.callback(around.close)
        stage = Stage(api, gateway, around)
        scene.callback(_leave, stage)
        for number, (title, act) in enumerate(STEPS, 1):
            report.add(_played(stage, Step(number, title), act))
    report.finish()
    return report.held


def _played(stage: Stage, step: Step, act: Callable[[Stage, Step], None]) -> Step:
    try:
        act(stage, step)
    except (ApiError, NetworkError, LookupError, AttributeError, TypeError) as error:
        # An answer without an expected part (AttributeError, TypeError) is a step that failed.
        step.failed(f"{type(error).__name__}: {error}")
    return step


def _leave(stage: Stage) -> None:
    """The network goes away with the story: deliver nothing more to it."""
    for name, target in stage.network.targets().items():
        path = f"/v1/provisioning-targets/{subscribing.TARGET}-{name}"
        try:
            stage.api.put(path, {**target, "enabled": False})
        except ApiError:
            return
