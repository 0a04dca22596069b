"""A client of the REST API, synchronous and asynchronous.

    from openmvno.client import Client

    with Client("http://127.0.0.1:8080", token) as client:
        customer = client.post("/v1/customers", {"name": "Ana"})
        for line in client.items("/v1/lines"):
            print(line["msisdn"])

A call that got no answer is repeated with the same Idempotency-Key, so it is done once. What the
API refuses is raised as :class:`Problem` with its stable code. Where a type is named the answer is
checked and converted (msgspec); without one it is what JSON makes of it.
"""

from openmvno.client.asynchronous import AsyncClient
from openmvno.client.calls import Retries
from openmvno.client.problems import Problem, Unreachable
from openmvno.client.synchronous import Client

__all__ = ["AsyncClient", "Client", "Problem", "Retries", "Unreachable"]
