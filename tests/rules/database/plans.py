"""How PostgreSQL would answer a statement, and whether one tenant or shard is all it looks at."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg

PLACEHOLDER: Final = re.compile(r"%(?:\((\w+)\))?s|%%")
TIE: Final = re.compile(r"(\w+)\.(\w+) = (?:ANY )?\(*(\w+)\.(\w+)")
VALUE: Final = re.compile(r"(\w+)\.(\w+) = (?:ANY )?\(*(?:\$\d|'|\d|InitPlan|hashed SubPlan)")


def numbered(text: str) -> tuple[str, int]:
    """The statement with PostgreSQL's own parameters for psycopg's, and how many there are."""
    text = text.replace("ARRAY[{}]", "ARRAY[0, 1]")  # shards that are written into it
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found.group() == "%%":
            return "%"
        name = found.group(1) or f"#{len(names)}"
        return f"${names.setdefault(name, len(names) + 1)}"

    return PLACEHOLDER.sub(number, text), len(names)


def plan_of(connection: psycopg.Connection[Any], text: str) -> dict[str, Any]:
    """The plan of a statement for any values of its parameters; nothing is run.

    Raises:
        psycopg.Error: the schema does not have what it names.
    """
    statement, count = numbered(text)
    connection.execute("SET plan_cache_mode = force_generic_plan")
    connection.execute(f"PREPARE looked_at AS {statement}".encode())
    try:
        values = f"({', '.join(['NULL'] * count)})" if count else ""
        row = connection.execute(
            f"EXPLAIN (FORMAT JSON, VERBOSE, COSTS OFF) EXECUTE looked_at{values}".encode()
        ).fetchone()
    finally:
        connection.execute("DEALLOCATE looked_at")
    assert row is not None
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan


@dataclass
class Reading:
    """What a plan reads: relations by alias, and what its conditions tie together."""

    relations: dict[str, str] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)
    conditions: list[str] = field(default_factory=list)


def reading_of(plan: dict[str, Any]) -> Reading:
    """Walk a plan."""
    reading = Reading()
    for node in _nodes(plan):
        alias = node.get("Alias")
        if alias is not None and node["Node Type"] != "ModifyTable":  # that reads nothing
            if "Relation Name" in node:
                reading.relations[alias] = node["Relation Name"]
            else:
                reading.aliases.add(alias)
        reading.conditions += [
            value
            for name, value in node.items()
            if isinstance(value, str) and name.endswith(("Cond", "Filter"))
        ]
    return reading


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


def wanderers(
    plan: dict[str, Any],
    pinned_by: dict[str, str],
    everywhere: Collection[str],
    roots: dict[str, str],
) -> list[tuple[str, str]]:
    """(alias, table) of the spread tables a plan reads without being told which tenant or shard.

    ``pinned_by``: the column that pins a table; ``everywhere``: the tables that are not spread;
    ``roots``: the partitioned table of a partition.

    A row that was read of one tenant leads on: what is joined by its own key to a column of that
    row is looked up, not looked for.
    """
    reading = reading_of(plan)
    values = {found for each in reading.conditions for found in VALUE.findall(each)}
    ties: set[tuple[str, str, str]] = set()  # alias, column, the other alias
    for one, column, other, others_column in (
        tie for each in reading.conditions for tie in TIE.findall(each)
    ):
        ties |= {(one, column, other), (other, others_column, one)}
    keys = {}
    known = set(reading.aliases)  # rows that the caller gives, or that were read before
    for alias, relation in reading.relations.items():
        table = roots.get(relation, relation)
        if table in pinned_by:
            keys[alias] = (table, pinned_by[table])
        elif table not in everywhere:
            known.add(alias)  # temporary
    waiting = dict(keys)
    while waiting:
        found = [
            alias
            for alias, (_, column) in waiting.items()
            if any(
                (name, column) in values or any((name, column, other) in ties for other in known)
                for name in _names(alias)
            )
        ]
        if not found:
            break
        for alias in found:
            known |= _names(alias)
            del waiting[alias]
    return [(alias, table) for alias, (table, _) in waiting.items()]


def _names(alias: str) -> set[str]:
    """A partition has the alias of its table with a number behind."""
    return {alias, re.sub(r"_\d+$", "", alias)}
