"""Friends & Family lists and closed user groups."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
from tests.integration.api.conftest import Api, new_api

from openmvno.groups.rules import MOST_GROUPS


async def line_with_favourites(api: Api) -> str:
    line: str = (await api.sign_up(addons=["friends"]))["line"]["id"]
    return line


async def put(api: Api, line: str, *numbers: str, **arguments: Any) -> httpx.Response:
    return await api.put(f"/v1/lines/{line}/favourites", {"numbers": list(numbers)}, **arguments)


async def test_the_whole_list_is_replaced(rich_api: Api) -> None:
    line = await line_with_favourites(rich_api)
    path = f"/v1/lines/{line}/favourites"
    never = await rich_api.get(path)
    assert (never.json(), never.headers["ETag"]) == ({"line_id": line, "numbers": []}, '"0"')
    first = await put(rich_api, line, "385981", "385982", "385981")
    assert first.status_code == 200, first.text
    assert first.json()["numbers"] == ["385981", "385982"], "a double counts once"
    assert rich_api.engine.applied[-1]["numbers"] == ["385981", "385982"]
    count = len(rich_api.engine.applied)
    same = await put(rich_api, line, "385981", "385982")
    assert same.headers["ETag"] == first.headers["ETag"]
    assert len(rich_api.engine.applied) == count
    second = await put(rich_api, line, "385983", headers={"If-Match": first.headers["ETag"]})
    assert (await rich_api.get(path)).json()["numbers"] == ["385983"]
    stale = await put(rich_api, line, headers={"If-Match": first.headers["ETag"]})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    assert (await put(rich_api, line)).json()["numbers"] == []
    assert second.headers["ETag"] == '"2"'


async def test_lists_the_products_do_not_allow(rich_api: Api) -> None:
    line = await line_with_favourites(rich_api)
    plain = (await rich_api.sign_up())["line"]["id"]
    for where, numbers, status, code, field in (
        (plain, ["385981"], 409, "favourites_not_offered", "numbers"),
        (line, ["385981", "385982", "385983"], 422, "favourites_too_many", "numbers"),
        (line, ["385981", "49301"], 422, "favourite_not_allowed", "numbers[1]"),
        (line, ["+385981"], 400, "request_malformed", None),
    ):
        refused = await put(rich_api, where, *numbers)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        if field:
            assert refused.json()["field"] == field
    assert (await put(rich_api, plain)).status_code == 200, "an empty list is always allowed"
    assert not [c for c in rich_api.engine.applied if c["type"] == "set_favourites"]


async def test_the_engine_refuses_favourites(rich_api: Api) -> None:
    line = await line_with_favourites(rich_api)
    rich_api.engine.refuse["set_favourites"] = "favourites_too_many"
    refused = await put(rich_api, line, "385981")
    assert (refused.status_code, refused.json()["code"]) == (422, "favourites_too_many")
    await rich_api.engine.materialise()
    shown = await rich_api.get(f"/v1/lines/{line}/favourites")
    assert (shown.json()["numbers"], shown.headers["ETag"]) == ([], '"0"')
    del rich_api.engine.refuse["set_favourites"]
    again = await put(rich_api, line, "385981")
    assert (again.status_code, again.headers["ETag"]) == (200, '"2"')
    assert rich_api.engine.applied[-1]["numbers"] == ["385981"]


async def new_group(api: Api, name: str = "Horvat Ltd") -> str:
    created = await api.post("/v1/closed-user-groups", {"name": name})
    assert created.status_code == 201, created.text
    assert (await api.get(created.headers["Location"])).json() == created.json()
    group: str = created.json()["id"]
    return group


async def join(api: Api, group: str, line: str, **arguments: Any) -> httpx.Response:
    path = f"/v1/closed-user-groups/{group}/members"
    return await api.post(path, {"line_id": line}, **arguments)


async def test_lines_join_and_leave(rich_api: Api) -> None:
    one, two = await new_group(rich_api), await new_group(rich_api, "Second")
    ana = (await rich_api.sign_up())["line"]
    ivo = (await rich_api.sign_up())["line"]
    assert (await join(rich_api, one, ana["id"])).status_code == 201
    assert (await join(rich_api, two, ana["id"])).status_code == 201
    command = rich_api.engine.applied[-1]
    assert (command["type"], command["line"]) == ("set_groups", ana["id"])
    assert command["groups"] == [one, two], "all groups of the line, not the new one alone"
    await join(rich_api, one, ivo["id"])
    count = len(rich_api.engine.applied)
    assert (await join(rich_api, one, ivo["id"])).json()["member"] is True
    assert len(rich_api.engine.applied) == count, "it is in the group already"
    page = (await rich_api.get(f"/v1/closed-user-groups/{one}/members?limit=1")).json()
    rest = await rich_api.get(
        f"/v1/closed-user-groups/{one}/members?limit=1&cursor={page['next_cursor']}"
    )
    shown = [*page["items"], *rest.json()["items"]]
    assert [each["msisdn"] for each in shown] == [ana["msisdn"], ivo["msisdn"]]
    groups = (await rich_api.get("/v1/closed-user-groups")).json()["items"]
    assert [(each["name"], each["members"]) for each in groups] == [
        ("Second", 1),
        ("Horvat Ltd", 2),
    ]
    path = f"/v1/closed-user-groups/{one}/members/{ana['id']}"
    left = await rich_api.request("DELETE", path)
    assert (left.status_code, left.json()["member"]) == (200, False)
    assert rich_api.engine.applied[-1]["groups"] == [two]
    twice = await rich_api.request("DELETE", path)
    assert (twice.status_code, twice.json()["code"]) == (
        404,
        "closed_user_group_member_not_found",
    )
    entries = await rich_api.get(f"/v1/audit?subject_type=closed_user_group&subject_id={one}")
    assert [entry["action"] for entry in entries.json()["items"]] == [
        "closed_user_group.line_removed",
        "closed_user_group.line_added",
        "closed_user_group.line_added",
        "closed_user_group.created",
    ]


async def test_joining_two_groups_at_once_loses_none(rich_api: Api) -> None:
    groups = [await new_group(rich_api, str(index)) for index in range(4)]
    line = (await rich_api.sign_up())["line"]["id"]
    answers = await asyncio.gather(*(join(rich_api, group, line) for group in groups))
    assert {answer.status_code for answer in answers} == {201}
    assert set(rich_api.engine.applied[-1]["groups"]) == set(groups)


async def test_a_refused_member_is_none(rich_api: Api) -> None:
    group = await new_group(rich_api)
    line = (await rich_api.sign_up())["line"]["id"]
    rich_api.engine.refuse["set_groups"] = "line_unknown"
    refused = await join(rich_api, group, line)
    assert (refused.status_code, refused.json()["code"]) == (409, "engine_refused")
    await rich_api.engine.materialise()
    assert (await rich_api.get(f"/v1/closed-user-groups/{group}")).json()["members"] == 0
    members = await rich_api.get(f"/v1/closed-user-groups/{group}/members")
    assert members.json()["items"] == []
    del rich_api.engine.refuse["set_groups"]
    assert (await join(rich_api, group, line)).status_code == 201
    assert rich_api.engine.applied[-1]["groups"] == [group]
    assert (await rich_api.get(f"/v1/closed-user-groups/{group}")).json()["members"] == 1


async def test_no_line_is_in_too_many(rich_api: Api) -> None:
    line = (await rich_api.sign_up())["line"]["id"]
    for index in range(MOST_GROUPS):
        assert (await join(rich_api, await new_group(rich_api, str(index)), line)).is_success
    refused = await join(rich_api, await new_group(rich_api), line)
    assert (refused.status_code, refused.json()["code"]) == (409, "closed_user_groups_too_many")


async def test_a_closed_line_leaves(rich_api: Api) -> None:
    group = await new_group(rich_api)
    line = (await rich_api.sign_up())["line"]["id"]
    await join(rich_api, group, line)
    await rich_api.patch(f"/v1/lines/{line}", {"status": "closed"})
    assert (await rich_api.get(f"/v1/closed-user-groups/{group}")).json()["members"] == 0
    assert (await join(rich_api, group, line)).json()["code"] == "line_state_conflict"


async def test_strangers(rich_api: Api) -> None:
    group = await new_group(rich_api)
    line = (await rich_api.sign_up())["line"]["id"]
    assert (await join(rich_api, str(uuid4()), line)).json()["code"] == (
        "closed_user_group_not_found"
    )
    other = await new_api(rich_api.pool, rich_api.client, rich_api.engine, "other")
    theirs = await new_group(other)
    assert (await join(other, theirs, line)).json()["code"] == "line_not_found"
    assert (await join(rich_api, theirs, line)).json()["code"] == "closed_user_group_not_found"
    assert (await other.get(f"/v1/closed-user-groups/{group}")).status_code == 404
    assert (await other.get(f"/v1/closed-user-groups/{group}/members")).status_code == 404
    assert (await other.get(f"/v1/lines/{line}/favourites")).status_code == 404
    assert UUID(group) != UUID(theirs)
