"""SIM cards and imports as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from openmvno.rest.moments import Moment
from openmvno.sims.model import Sim, SimImport
from openmvno.sims.service import UNCHANGED, SimTerms

Iccid = Annotated[str, Meta(examples=["8938510000000000014"])]
StaffState = Literal["available", "reserved", "suspended", "lost", "disposed"]
Text = Annotated[str, Meta(max_length=255)]

CSV_EXAMPLE: Final = (
    "iccid,imsi,ki,opc,pin1,puk1\n"
    "8938510000000000014,219010000000001,000102030405060708090a0b0c0d0e0f,"
    "101112131415161718191a1b1c1d1e1f,0000,12345678\n"
)


class FurtherImsiView(msgspec.Struct):
    """One more IMSI of a card. ``algorithm``: of its own keys, if we know them."""

    imsi: Annotated[str, Meta(examples=["232990000000001"])]
    algorithm: Annotated[str, Meta(examples=["milenage"])] | None


class SimView(msgspec.Struct):
    """A SIM card; ``imsi`` is its first IMSI. Its keys are never shown: ``algorithm`` says that
    they are known.

    ``has_codes``: PIN, PUK and the like are known; see ``/v1/sims/{iccid}/codes``.
    """

    iccid: Iccid
    imsi: Annotated[str, Meta(examples=["219010000000001"])]
    state: Annotated[
        str, Meta(description="available, reserved, in_use, suspended, lost, disposed")
    ]
    form: Annotated[str, Meta(examples=["physical"], description="physical, esim")]
    algorithm: Annotated[str, Meta(examples=["milenage"])] | None
    has_codes: bool
    smdp: str | None
    hlr: str | None
    description: str | None
    allocated_to: str | None
    line_id: UUID | None
    import_id: UUID | None
    updated_at: Moment
    further_imsis: list[FurtherImsiView]


class SimChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change of a card; what is left out stays.

    ``allocated_to``: who has it to hand out; such a card is given to a line only by its ICCID.
    """

    state: StaffState | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    allocated_to: Text | UnsetType | None = UNSET

    def terms(self) -> SimTerms:
        """As the domain takes it."""
        given = (self.state, self.description, self.allocated_to)
        return SimTerms(*(UNCHANGED if value is UNSET else value for value in given))  # type: ignore[arg-type]


class SimRangeChange(SimChange, forbid_unknown_fields=True, kw_only=True):
    """The same for all cards from ``first`` to ``last``."""

    first: Iccid
    last: Iccid


class SimRangeChanged(msgspec.Struct):
    """``cards`` in the range; the others of them did not allow the change."""

    cards: int
    changed: int


class SimCodes(msgspec.Struct, omit_defaults=True):
    """PIN and PUK of a card, as far as we know them. ``lpa``: what an eSIM is loaded with."""

    iccid: Iccid
    pin1: str | None = None
    pin2: str | None = None
    puk1: str | None = None
    puk2: str | None = None
    adm: str | None = None
    matching_id: str | None = None


class SimPolicyIn(msgspec.Struct, forbid_unknown_fields=True):
    """The rules to be; ``puk_to_subscribers`` left out: it stays as it is."""

    swap_cooling_hours: Annotated[int, Meta(ge=0, le=8760, examples=[24])]
    puk_to_subscribers: bool | UnsetType = UNSET


class SimPolicy(msgspec.Struct):
    """For how many hours after a SIM swap a line can neither be given another card nor ported, and
    whether subscribers may see the PUK of their own line's card."""

    swap_cooling_hours: Annotated[int, Meta(examples=[24])]
    puk_to_subscribers: bool


class PasswordAgain(msgspec.Struct, forbid_unknown_fields=True):
    """The password of who is logged in, typed once more."""

    password: Annotated[str, Meta(min_length=1, max_length=200, examples=["correct horse battery"])]


class SimPuk(msgspec.Struct, omit_defaults=True):
    """The PUK of a card, as far as we know it: with it a PIN is set anew."""

    iccid: Iccid
    puk1: Annotated[str | None, Meta(examples=["12345678"])] = None
    puk2: str | None = None


class ActivationCode(msgspec.Struct):
    """What an eSIM is loaded with; ``?format=svg`` and ``png`` show it as a QR picture."""

    iccid: Iccid
    activation_code: Annotated[str, Meta(examples=["LPA:1$smdp.example.com$04386-AGYFT-A74Y8"])]


class ProfileOrder(msgspec.Struct, forbid_unknown_fields=True):
    """An order of an eSIM's profile. ``profile_type``: as the SM-DP+ calls it."""

    profile_type: Annotated[str, Meta(max_length=100, examples=["standard"])] | None = None


class TransportKeyIn(msgspec.Struct, forbid_unknown_fields=True):
    """A key that a vendor encrypts cards' keys under; never shown again."""

    key: Annotated[
        str, Meta(max_length=64, examples=["00112233445566778899aabbccddeeff"], description="Hex")
    ]
    algorithm: Annotated[str, Meta(examples=["aes"], description="aes, triple_des")] = "aes"


class TransportKeyView(msgspec.Struct):
    """A transport key that is set."""

    name: str
    algorithm: str


class RejectedLine(msgspec.Struct):
    """A line that was not loaded, and why."""

    line_number: int
    code: Annotated[str, Meta(examples=["iccid_invalid"])]
    message: str


class SimImportView(msgspec.Struct):
    """What became of a file. ``state``: waiting, running, done; failed, with the ``problem``.

    ``already_known``: lines equal to a card of the stock. ``rejected_lines``: the first of them;
    ``/v1/sims/imports/{id}/rejections`` has all.
    """

    id: UUID
    file_name: str
    state: Annotated[str, Meta(examples=["done"])]
    lines: int
    lines_read: int
    loaded: int
    already_known: int
    removed: int
    rejected: int
    rejected_lines: list[RejectedLine]
    ignored_columns: Annotated[list[str], Meta(examples=[["Colour"]])]
    problem: str | None
    created_at: Moment
    finished_at: Moment | None


def sim_view(sim: Sim) -> SimView:
    """What the API shows of a card."""
    return SimView(
        sim.iccid,
        sim.imsi,
        sim.state,
        sim.form,
        sim.algorithm,
        sim.has_codes,
        sim.smdp,
        sim.hlr,
        sim.description,
        sim.allocated_to,
        sim.line_id,
        sim.import_id,
        sim.updated_at,
        [FurtherImsiView(each["imsi"], each["algorithm"]) for each in sim.further],
    )


def import_view(result: SimImport, rejected: list[RejectedLine]) -> SimImportView:
    """What the API shows of an import."""
    return SimImportView(
        result.import_id,
        result.file_name,
        result.state,
        result.lines,
        result.lines_read,
        result.loaded,
        result.already_known,
        result.removed,
        result.rejected,
        rejected,
        result.ignored_columns,
        result.problem,
        result.created_at,
        result.finished_at,
    )
