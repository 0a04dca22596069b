"""How a Diameter client reaches the sample subscribers, in words."""

from __future__ import annotations

from openmvno.sample.subscribers import FIRST_IMSI, FIRST_MSISDN
from openmvno.settings import Settings


def diameter_settings(settings: Settings, count: int) -> str:
    """What to set in a gateway or load generator."""
    rows = [
        ("Connect to", f"{settings.listen_address}:{settings.diameter_port} (TCP)"),
        ("Destination-Host", settings.diameter_origin_host),
        ("Destination-Realm", settings.diameter_origin_realm),
        ("Auth-Application-Id", "4 (credit control, RFC 8506)"),
        ("MSISDN", f"{FIRST_MSISDN} … {FIRST_MSISDN + count - 1} (Subscription-Id-Type 0)"),
        ("IMSI", f"{FIRST_IMSI} … {FIRST_IMSI + count - 1} (Subscription-Id-Type 1)"),
        ("Voice", "Service-Context-Id 32260@3gpp.org, CC-Time"),
        ("SMS", "Service-Context-Id 32274@3gpp.org, CC-Service-Specific-Units"),
        ("Data", "Service-Context-Id 32251@3gpp.org, Rating-Group 10 or 20, CC-Total-Octets"),
    ]
    return "\n".join(f"  {name:<20} {value}" for name, value in rows)
