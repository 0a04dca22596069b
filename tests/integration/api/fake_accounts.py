"""What the fake engine remembers, and how each command changes it or is refused.

It follows the commands as the engine takes them: unknown or missing members are malformed, names
are looked up in the document in force, and a refused command changes nothing. It prices nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

Json = dict[str, Any]

# Members each command must have, and those it may have.
MEMBERS: dict[str, tuple[set[str], set[str]]] = {
    "open_account": (
        {"currency", "overrun"},
        {"credit_limit", "time_zone", "partners"},
    ),
    "change_account": (
        set(),
        {
            "credit_limit",
            "temporary_limit",
            "limit_warning",
            "low_balance",
            "time_zone",
            "partners",
        },
    ),
    "open_line": ({"line", "product", "msisdn", "imsi", "status"}, {"further_imsis"}),
    "change_line": (
        {"line"},
        {
            "status",
            "product",
            "msisdn",
            "imsi",
            "further_imsis",
            "spending_cap",
            "own_balance",
            "toll_free_barred",
            "zero_rated_allowed",
        },
    ),
    "add_product": ({"line", "instance", "product"}, {"pay", "price"}),
    "remove_product": ({"line", "instance"}, set()),
    "set_favourites": ({"line", "numbers"}, set()),
    "set_groups": ({"line", "groups"}, set()),
    "abort_session": ({"line"}, {"session"}),
    "top_up_wallet": ({"bucket", "pay", "reference"}, {"line", "option", "amount", "days"}),
    "adjust_balance": ({"amount", "reason", "reference"}, set()),
    "rate_usage": (
        {
            "line",
            "content_key",
            "service",
            "direction",
            "destination",
            "rating_group",
            "usage",
            "started_at",
            "plmn",
            "msc",
            "apn",
        },
        set(),
    ),
}


class RefusedError(Exception):
    """The command changes nothing; ``args[0]`` is the engine's code."""


def micros(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole) * 1_000_000 + int(fraction.ljust(6, "0"))


@dataclass
class FakeLine:
    """A line: its terms as the commands named them, and what it has beside its product."""

    terms: Json
    addons: dict[str, str] = field(default_factory=dict)
    favourites: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


@dataclass
class FakeAccount:
    """A payer account."""

    terms: Json
    balance: int = 0
    lines: dict[str, FakeLine] = field(default_factory=dict)
    buckets: list[Json] = field(default_factory=list)

    def live(self) -> Json:
        """The engine's balance JSON."""
        return {
            "currency": self.terms["currency"],
            "balance": self.balance,
            "reserved": 1_500_000,
            "available": self.balance - 1_500_000,
            "sessions": 1,
            "statuses": [],
            "credit_limit": self.terms.get("credit_limit", 0),
            "temporary_limit": self.terms.get("temporary_limit"),
            "buckets": self.buckets,
            "lines": [
                {
                    "line": line_id,
                    "spending_cap": (line.terms.get("spending_cap") or {}).get("amount"),
                    "spent": 0,
                    "favourites": line.favourites,
                    "groups": line.groups,
                    "products": line.addons,
                }
                for line_id, line in self.lines.items()
            ],
        }


class FakeAccounts:
    """The accounts of every tenant, and each tenant's document in force."""

    def __init__(self) -> None:
        self.accounts: dict[tuple[UUID, UUID], FakeAccount] = {}
        self.documents: dict[UUID, Json] = {}

    def apply(self, command: Json) -> Json:
        """Change what the command says.

        Raises:
            RefusedError.
        """
        kind = command["type"]
        given = set(command) - {"type", "tenant", "account"}
        required, optional = MEMBERS.get(kind, (set(), None))
        if optional is None or not required <= given <= required | optional:
            raise RefusedError("command_malformed")
        key = UUID(command["tenant"]), UUID(command["account"])
        if kind == "open_account":
            if key in self.accounts:
                raise RefusedError("account_exists")
            self.accounts[key] = FakeAccount({name: command[name] for name in given})
            return {"ok": True}
        account = self.accounts.get(key)
        if account is None:
            raise RefusedError("account_unknown")
        outcome: Json | None = getattr(self, f"_{kind}")(account, command)
        return outcome or {"ok": True}

    def _change_account(self, account: FakeAccount, command: Json) -> None:
        partners = {each["code"] for each in self._listed(command, "partners")}
        if not set(command.get("partners") or []) <= partners:
            raise RefusedError("partner_unknown")
        account.terms |= _members(command)

    def _open_line(self, account: FakeAccount, command: Json) -> None:
        if command["line"] in account.lines:
            raise RefusedError("line_exists")
        product = self._product(command, command["product"])
        account.lines[command["line"]] = FakeLine(_members(command))
        self._grant(account, command, product, None)

    def _change_line(self, account: FakeAccount, command: Json) -> None:
        line = _line(account, command)
        if "product" in command:
            self._product(command, command["product"])
        line.terms |= _members(command)
        if command.get("status") == "closed":
            line.addons.clear()
            line.groups.clear()

    def _add_product(self, account: FakeAccount, command: Json) -> Json:
        line = _line(account, command)
        product = self._product(command, command["product"])
        main = line.terms["product"]
        if main not in (product.get("requires") or [main]):
            raise RefusedError("product_not_eligible")
        if product["code"] in line.addons.values() and not product.get("multiple"):
            raise RefusedError("product_exists")
        for other in [main, *line.addons.values()]:
            excluded = self._product(command, other).get("excludes") or []
            if product["code"] in excluded or other in (product.get("excludes") or []):
                raise RefusedError("product_conflict")
        price = micros(product.get("price", "0"))
        if command.get("price", price) != price:
            raise RefusedError("price_changed")
        pay = command.get("pay", "none")
        if pay == "balance":
            if price > account.balance + account.terms.get("credit_limit", 0):
                raise RefusedError("insufficient_balance")
            account.balance -= price
        line.addons[command["instance"]] = product["code"]
        self._grant(account, command, product, command["instance"])
        return {"ok": True, "paid": 0 if pay == "none" else price, "balance": account.balance}

    def _remove_product(self, account: FakeAccount, command: Json) -> None:
        line = _line(account, command)
        if line.addons.pop(command["instance"], None) is None:
            raise RefusedError("product_instance_unknown")
        account.buckets = [
            bucket for bucket in account.buckets if bucket.get("instance") != command["instance"]
        ]

    def _set_favourites(self, account: FakeAccount, command: Json) -> None:
        line = _line(account, command)
        codes = [*line.addons.values(), line.terms["product"]]
        products = [self._product(command, code) for code in codes]
        terms = next((each["favourites"] for each in products if "favourites" in each), None)
        numbers = command["numbers"]
        if numbers and terms is None:
            raise RefusedError("favourites_not_offered")
        if terms is not None and len(numbers) > terms["limit"]:
            raise RefusedError("favourites_too_many")
        patterns = tuple((terms or {}).get("patterns") or [""])
        if not all(number.startswith(patterns) for number in numbers):
            raise RefusedError("favourite_not_allowed")
        line.favourites = numbers

    def _set_groups(self, account: FakeAccount, command: Json) -> None:
        _line(account, command).groups = [str(UUID(group)) for group in command["groups"]]

    def _abort_session(self, account: FakeAccount, command: Json) -> Json:
        _line(account, command)
        named = command["session"]
        if named not in (None, "open;1"):
            raise RefusedError("session_unknown")
        return {"ok": True, "sessions": ["open;1"]}

    def _top_up_wallet(self, account: FakeAccount, command: Json) -> Json:
        rules = {each["code"]: each for each in self._listed(command, "buckets")}
        rule = rules.get(command["bucket"])
        if rule is None:
            raise RefusedError("bucket_unknown")
        amount, days, price = command.get("amount"), command.get("days"), command.get("amount")
        if "option" in command:
            options = {each["code"]: each for each in rule.get("top_ups") or []}
            option = options.get(command["option"])
            if option is None or amount is not None:
                raise RefusedError("top_up_unknown")
            days, price = option["days"], micros(option["price"])
            amount = micros(option["amount"]) if rule["unit"] == "money" else option["amount"]
        assert amount is not None
        assert price is not None
        if command["pay"] == "balance":
            if price > account.balance:
                raise RefusedError("insufficient_balance")
            account.balance -= price
        if "line" in command:
            _line(account, command)
        now = int(time.time() * 1000)
        end = None if days is None else now + days * 86_400_000
        _grant_one(account, rule, command.get("line"), None, amount, end)
        return {"ok": True, "balance": account.balance}

    def _adjust_balance(self, account: FakeAccount, command: Json) -> Json:
        account.balance += command["amount"]
        return {"ok": True, "balance": account.balance}

    def _rate_usage(self, account: FakeAccount, command: Json) -> None:
        _line(account, command)

    def _listed(self, command: Json, name: str) -> Iterable[Json]:
        return self.documents[UUID(command["tenant"])].get(name) or []

    def _product(self, command: Json, code: str) -> Json:
        for product in self._listed(command, "products"):
            if product["code"] == code:
                return product
        raise RefusedError("product_unknown")

    def _grant(
        self, account: FakeAccount, command: Json, product: Json, instance: str | None
    ) -> None:
        rules = {each["code"]: each for each in self._listed(command, "buckets")}
        for code in product.get("buckets") or []:
            rule = rules[code]
            is_money = rule["unit"] == "money"
            amount = micros(rule.get("amount", "0")) if is_money else rule.get("amount", 0)
            owner = None if rule.get("shared") else command["line"]
            _grant_one(account, rule, owner, instance, amount, None)


def _members(command: Json) -> Json:
    return {
        name: value
        for name, value in command.items()
        if name not in ("type", "tenant", "account", "line")
    }


def _line(account: FakeAccount, command: Json) -> FakeLine:
    line = account.lines.get(command["line"])
    if line is None:
        raise RefusedError("line_unknown")
    return line


def _grant_one(
    account: FakeAccount,
    rule: Json,
    line: str | None,
    instance: str | None,
    amount: int,
    end: int | None,
) -> None:
    owners: Json = {"line": line, "instance": instance}
    account.buckets.append(
        {
            "id": len(account.buckets) + 1,
            "code": rule["code"],
            **{name: owner for name, owner in owners.items() if owner is not None},
            "unit": rule["unit"],
            "initial": amount,
            "used": 0,
            "reserved": 0,
            "valid_from": 1_790_000_000_000,
            "expires_at": end,
        }
    )
