"""Sessions of command lines: logins, how long one is kept, and who waits for whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncssh
import pytest

from openmvno.provisioning.adapters import Access, BusyError, CommandLines, command_lines
from openmvno.provisioning.command_template import CommandTemplate
from openmvno.provisioning.register import RefusedError, UnreachableError
from openmvno.provisioning.templates import read_template

PLACE = (UUID(int=1), "hlr")
PASSWORD = "opensesame"


@dataclass
class Switch:
    """A command line with a login, over any pair of streams. It lets one in who has the password,
    and hears commands until it is to hang up."""

    logins: int = 0
    asked: list[str] = field(default_factory=list)
    hangs_up_after: int = 1000
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def telnet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a plain connection."""

        async def line() -> str:
            return (await reader.readline()).decode().strip()

        self.logins += 1
        writer.write(b"login: ")
        user = await line()
        writer.write(b"Password: ")
        if (user, await line()) == ("me", PASSWORD):
            await self.commands(line, lambda text: writer.write(text.encode()))
        else:
            writer.write(b"Login incorrect\r\nlogin: ")
            await line()
        writer.close()

    async def ssh(self, process: asyncssh.SSHServerProcess[str]) -> None:
        """Serve a session of SSH."""

        async def line() -> str:
            return (await process.stdin.readline()).strip()

        self.logins += 1
        await self.commands(line, process.stdout.write)
        process.exit(0)

    async def commands(self, line: Any, write: Any) -> None:
        for _ in range(self.hangs_up_after):
            write("ready> ")
            if not (command := await line()):
                return
            self.asked.append(command)
            await self.gate.wait()
            write(f"{command}\r\ndone by {PASSWORD}\r\n")
        write("ready> ")


@pytest.fixture
def switch() -> Switch:
    switch = Switch()
    switch.gate.set()
    return switch


@asynccontextmanager
async def served(switch: Switch) -> AsyncIterator[str]:
    server = await asyncio.start_server(switch.telnet, "127.0.0.1", 0)
    async with server:
        yield f"telnet://me@127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
async def lines() -> AsyncIterator[CommandLines]:
    lines = CommandLines()
    yield lines
    await lines.close()


def template(kind: str = "telnet", command: dict[str, Any] | None = None, **session: Any) -> Any:
    login = [
        {"wait_for": "login: ", "send": "{user}"},
        {"wait_for": "Password: ", "send": "{secret}"},
    ]
    terms: dict[str, Any] = {
        "prompt": ["ready> "],
        "refused": ["incorrect"],
        "echo": True,
        "login": login,
    }
    said: dict[str, Any] = {"on": ["line.activated"], "send": "serve {imsi}", "expect": ["done"]}
    document: dict[str, Any] = {
        "session": terms | session,
        "commands": [said | (command or {})],
    }
    return read_template(kind, document)


async def tell(
    lines: CommandLines, kind: str, url: str, rules: CommandTemplate, secret: str = PASSWORD
) -> None:
    access = Access(kind, url, secret, rules.session)
    assert secret not in repr(access)
    variables = {"imsi": "219010000000001", "secret": secret}
    await lines.tell(PLACE, access, rules, "line.activated", variables)


async def test_a_session_serves_as_many_tasks_as_it_may(
    switch: Switch, lines: CommandLines
) -> None:
    async with served(switch) as url:
        for _ in range(5):
            await tell(lines, "telnet", url, template(tasks=2))
        assert (switch.logins, len(switch.asked)) == (3, 5)
        # One that was closed by the other side is no failure: there is a new one.
        switch.hangs_up_after = 1
        await lines.close()
        for _ in range(2):
            await tell(lines, "telnet", url, template())
        assert (switch.logins, len(switch.asked)) == (5, 7)
        await tell(lines, "telnet", url, template(idle_seconds=0))
        async with asyncio.timeout(5):
            while any(kept.dialogue is not None for kept in lines._kept.values()):
                await asyncio.sleep(0)


async def test_who_is_not_let_in_does_not_try_at_once_again(
    switch: Switch, lines: CommandLines
) -> None:
    async with served(switch) as url:
        for _ in range(3):
            with pytest.raises(UnreachableError, match="login is refused"):
                await tell(lines, "telnet", url, template(), secret="a guess")
    assert switch.logins == 1, "or the account might be locked"


async def test_whoever_waits_for_the_session_in_vain_has_not_tried(
    switch: Switch, lines: CommandLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_lines, "TURN_SECONDS", 0.05)
    switch.gate.clear()
    async with served(switch) as url:
        first = asyncio.create_task(tell(lines, "telnet", url, template()))
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await tell(lines, "telnet", url, template())
        switch.gate.set()
        await first
    assert len(switch.asked) == 1


async def test_whoever_waited_while_it_was_found_silent_does_not_wait_again(
    switch: Switch, lines: CommandLines
) -> None:
    switch.gate.clear()
    rules = template(answer_seconds=0.3)
    async with served(switch) as url:
        both = (tell(lines, "telnet", url, rules) for _ in range(2))
        failed = await asyncio.gather(*both, return_exceptions=True)
        assert [str(each) for each in failed] == ["no prompt within 0.3 s"] * 2
        assert switch.logins == 1
        switch.gate.set()


async def test_an_answer_is_shown_without_secrets(switch: Switch, lines: CommandLines) -> None:
    async with served(switch) as url:
        for command, shown in (
            ({"expect": ["fine"]}, "says nothing that is expected: done by …$"),
            ({"retry": ["done"]}, "says 'done': done by …$"),
            ({"send": "use {secret}", "retry": ["done"]}, "not shown: the command has secrets"),
        ):
            with pytest.raises(RefusedError, match=shown):
                await tell(lines, "telnet", url, template(command=command))
    assert switch.logins == 1, "the session goes on"


async def test_ssh_with_a_password(switch: Switch, lines: CommandLines) -> None:
    class Door(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("me", PASSWORD)

    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=Door, server_host_keys=[key], process_factory=switch.ssh
    )
    async with server:
        url = f"ssh://me@127.0.0.1:{server.get_port()}"
        host_keys = [key.export_public_key().decode()]
        rules = template("ssh", host_keys=host_keys, login=[], echo=False)
        await tell(lines, "ssh", url, rules)
        assert switch.asked == ["serve 219010000000001"]
        with pytest.raises(UnreachableError, match="login is refused"):
            await tell(lines, "ssh", url, rules, secret="a guess")
        await lines.close()
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        stranger = template("ssh", host_keys=[other], login=[], echo=False)
        with pytest.raises(UnreachableError, match="host key is none of the template's"):
            await tell(lines, "ssh", url, stranger)
    assert switch.logins == 1
