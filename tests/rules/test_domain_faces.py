"""Domains know each other only by their published faces.

A face is the package itself, its events, and its schemas: the shapes the API publishes, which a
compound request such as a sign-up is made of.
"""

from __future__ import annotations

import grimp

DOMAINS = (
    "tenants",
    "access",
    "catalog",
    "customers",
    "subscribers",
    "addons",
    "groups",
    "wallets",
    "events",
    "sims",
    "numbers",
    "porting",
    "nas",
    "provisioning",
    "charging",
    "mediation",
    "ledger",
    "payer_changes",
    "payments",
    "vouchers",
    "transfers",
    "jobs",
    "peers",
    "traces",
    "audit",
    "statistics",
    "reach",
    "condition",
    "search",
    "timeline",
)


def _trespasses(graph: grimp.ImportGraph) -> list[str]:
    found = []
    for module in sorted(graph.modules):
        home = module.split(".")[1:2]
        if not home or home[0] not in DOMAINS:
            continue
        for target in sorted(graph.find_modules_directly_imported_by(module)):
            parts = target.split(".")
            is_inside_another = len(parts) > 2 and parts[1] in DOMAINS and parts[1] != home[0]
            if is_inside_another and parts[2:] not in (["events"], ["schemas"]):
                found.append(f"{module} imports {target}")
    return found


def test_domains_import_each_other_through_their_faces_only() -> None:
    assert _trespasses(grimp.build_graph("openmvno", cache_dir=None)) == []


def test_the_rule_sees_a_trespass() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (
        ("openmvno.payments.service", "openmvno.customers.store"),
        ("openmvno.payments.service", "openmvno.customers"),
        ("openmvno.payments.service", "openmvno.customers.events"),
        ("openmvno.payments.service", "openmvno.payments.store"),
        ("openmvno.web.api", "openmvno.customers.routes"),
    ):
        graph.add_import(importer=importer, imported=imported)

    assert _trespasses(graph) == ["openmvno.payments.service imports openmvno.customers.store"]
