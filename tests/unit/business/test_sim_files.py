"""SIM files as vendors and operators write them: the cards in them, and the lines that are none."""

from __future__ import annotations

import io
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from openpyxl import Workbook

from openmvno.sims import ImportTerms, Keys, opc_of
from openmvno.sims.errors import SimFileInvalid
from openmvno.sims.model import Card, Rejected
from openmvno.sims.rules import CardReader, open_table
from openmvno.sims.transport import TransportKey

ICCID, IMSI = "8938510000000000014", "219010000000001"
KI, OPC = "000102030405060708090a0b0c0d0e0f", "101112131415161718191a1b1c1d1e1f"


def read(
    content: bytes | str, terms: ImportTerms | None = None, key: TransportKey | None = None
) -> list[Card | Rejected]:
    raw = content.encode() if isinstance(content, str) else content
    return list(CardReader(open_table(raw), terms or ImportTerms(), key).cards())


def one(content: bytes | str, **arguments: Any) -> Card:
    [card] = read(content, **arguments)
    assert isinstance(card, Card), card
    return card


def test_opc_is_that_of_the_standard() -> None:
    # 3GPP TS 35.208 clause 4.3, test set 1.
    ki, op = "465b5ce8b199b49faa5f0a2ee238a6bc", "cdc202d5123e20f62b6d676ac72cb318"
    assert opc_of(ki, op) == "cd63cb71954a9f4e48a5994e37a02baf"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_any_usual_way(delimiter: str) -> None:
    lines = (
        "Serial Number,IMSI,Ki,OPc,PIN1,PUK1,Colour",
        f"{ICCID},{IMSI},{KI.upper()},{OPC},0000,12345678,red",
    )
    text = "\ufeff" + "\r\n".join(line.replace(",", delimiter) for line in lines)
    card = one(text)
    assert (card.iccid, card.imsi, card.line_number) == (ICCID, IMSI, 2)
    assert card.keys == Keys("milenage", KI, OPC)
    assert card.codes == {"pin1": "0000", "puk1": "12345678"}
    assert open_table(text.encode()).ignored == ["Colour"]
    assert KI not in repr(card)
    assert "12345678" not in repr(card)


def test_a_workbook() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["ICCID", "IMSI", "KI", "OP", "PIN1"])
    sheet.append([ICCID, int(IMSI), KI, OPC, "0000"])
    file = io.BytesIO()
    book.save(file)
    card = one(file.getvalue())
    assert (card.iccid, card.imsi) == (ICCID, IMSI)
    assert card.keys == Keys("milenage", KI, opc_of(KI, OPC))


VENDOR = """\
*
* HEADER DESCRIPTION
*
Customer: Example Mobile
Quantity: 2
Profile: 01.02
Transport_key: {key}
*
* INPUT VARIABLES
var_in:
IMSI: {imsi}
Ser_nb: {iccid}
*
* OUTPUT VARIABLES
var_out: {columns}
{lines}
"""


def test_an_output_file_of_a_vendor() -> None:
    card = one(
        VENDOR.format(
            key="000",
            imsi=IMSI,
            iccid=ICCID,
            columns="ICCID/IMSI/PIN1/PUK1/PIN2/PUK2/ADM1/KI/OPC",
            lines=f"{ICCID} {IMSI} 0000 12345678 1111 87654321 A1B2C3D4 {KI} {OPC}",
        )
    )
    assert (card.iccid, card.line_number) == (ICCID, 16)
    assert card.keys == Keys("milenage", KI, OPC)
    assert card.codes["adm"] == "A1B2C3D4"


def test_identities_as_the_card_has_them() -> None:
    swapped = "".join(b + a for a, b in zip(f"{ICCID}F"[::2], f"{ICCID}F"[1::2], strict=True))
    parity = f"9{IMSI}"
    raw_imsi = "08" + "".join(b + a for a, b in zip(parity[::2], parity[1::2], strict=True))
    text = VENDOR.format(
        key="", imsi="", iccid="", columns="\nSerial_nb IMSI", lines=f"{swapped} {raw_imsi}"
    )
    card = one(text)
    assert (card.iccid, card.imsi) == (ICCID, IMSI)


def test_keys_under_a_transport_key() -> None:
    transport = TransportKey("aes", bytes(range(16)))
    encryptor = Cipher(AES(transport.key), ECB()).encryptor()
    hidden = [encryptor.update(bytes.fromhex(each)).hex() for each in (KI, OPC)]
    text = VENDOR.format(
        key="012",
        imsi=IMSI,
        iccid=ICCID,
        columns="ICCID,IMSI,KI,OPC",
        lines=f"{ICCID};{IMSI};{hidden[0]};{hidden[1]}",
    )
    assert open_table(text.encode()).transport_key == "012"
    assert one(text, key=transport).keys == Keys("milenage", KI, OPC)
    assert transport.key.hex() not in repr(transport)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"{ICCID[:-1]}9,{IMSI},,,,", "iccid_invalid"),
        (f"{ICCID},21901,,,,", "imsi_invalid"),
        (f"{ICCID},{IMSI},1234,{OPC},,", "key_invalid"),
        (f"{ICCID},{IMSI},{KI},,,", "keys_incomplete"),
        (f"{ICCID},{IMSI},,{OPC},,", "keys_incomplete"),
        (f"{ICCID},{IMSI},,,12,", "code_invalid"),
        (f"{ICCID},{IMSI},,,,x", "action_invalid"),
        (f"{ICCID},{IMSI},,,,,surplus", "too_many_columns"),
    ],
)
def test_a_line_that_is_no_card_says_why(line: str, code: str) -> None:
    [rejected] = read(f"iccid,imsi,ki,opc,pin1,action\n{line}\n")
    assert isinstance(rejected, Rejected)
    assert (rejected.line_number, rejected.code) == (2, code)
    assert KI not in rejected.message


def test_terms_say_what_the_file_does_not() -> None:
    text = f"iccid,imsi,ki\n{ICCID},{IMSI},{KI}\n"
    card = one(text, terms=ImportTerms("esim", "comp128v3"))
    assert (card.form, card.keys) == ("esim", Keys("comp128v3", KI))


def test_an_activation_code_is_address_and_matching_id() -> None:
    card = one(f"iccid,imsi,lpa\n{ICCID},{IMSI},LPA:1$smdp.example.com$AB-12\n")
    assert (card.smdp, card.codes) == ("smdp.example.com", {"matching_id": "AB-12"})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        b"iccid,imsi,iccid\n",
        b"iccid,imsi\n\xff\n",
        b"iccid,imsi\n\0\n",
        b"PK\x03\x04rubbish",
        b"var_out:\n",
    ],
)
def test_a_file_that_is_none(content: bytes) -> None:
    with pytest.raises(SimFileInvalid):
        read(content)


def test_a_vendor_file_of_cards_with_several_imsis() -> None:
    second, third = "232990000000001", "262420000000001"
    card = one(
        "Quantity: 1\nvar_out: Serial_nb/IMSI/KI/OPC/IMSI2/KI2/OPC2/IMSI_3/KI_3/ALGO_3\n"
        f"{ICCID} {IMSI} {KI} {OPC} {second} {OPC} {KI} {third} {KI} comp128v3\n"
    )
    assert (card.imsi, card.keys) == (IMSI, Keys("milenage", KI, OPC))
    assert [(each.imsi, each.keys) for each in card.further] == [
        (second, Keys("milenage", OPC, KI)),
        (third, Keys("comp128v3", KI)),
    ]
    assert KI not in repr(card)
