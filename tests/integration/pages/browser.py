"""A browser without pictures: it reads pages, fills in their forms and sends them as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self

import httpx

Typed = Mapping[str, str | Sequence[str] | None]
"""What is typed into fields, by their names; None leaves a field out, several are several ticks."""

ALONE = frozenset({"input", "meta", "link", "img", "br", "hr", "use"})
"""Elements with nothing inside."""

SILENT = frozenset({"script", "style", "title"})
"""Elements whose text nobody reads on the page."""


@dataclass
class WebForm:
    """A form with what stands in its fields."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """Every field there is, whether it sends anything or not."""
    has_files: bool = False

    def filled(self, typed: Typed) -> dict[str, list[str]]:
        """What is sent once ``typed`` stands in its fields."""
        unknown = set(typed) - self.names
        assert not unknown, f"{self.action} has no field {unknown}, only {sorted(self.names)}"
        sent: dict[str, list[str]] = {}
        for name, value in self.values:
            if name not in typed:
                sent.setdefault(name, []).append(value)
        for name, given in typed.items():
            if isinstance(given, str):
                sent[name] = [given]
            elif given is not None:
                sent[name] = list(given)
        return sent


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[WebForm] = []
        self.texts: list[str] = []
        self.links: list[str] = []
        self.by_id: dict[str, list[str]] = {}
        self._open: list[tuple[str, str]] = []
        self._inside: WebForm | None = None
        self._select = ""
        self._choices: list[tuple[str, bool]] = []
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in ALONE:
            self._open.append((tag, given.get("id", "")))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self._inside = WebForm(
                given.get("action", ""),
                given.get("method", "get"),
                has_files=given.get("enctype") == "multipart/form-data",
            )
            self.forms.append(self._inside)
        elif tag == "option":
            self._choices.append((given.get("value", ""), "selected" in given))
        elif self._inside is not None and given.get("name"):
            self._field(self._inside, tag, given)

    def _field(self, form: WebForm, tag: str, given: dict[str, str]) -> None:
        name = given["name"]
        form.names.add(name)
        if tag == "select":
            self._select, self._choices = name, []
        elif tag == "textarea":
            self._area = name
            form.values.append((name, ""))
        elif tag == "input" and given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                form.values.append((name, given.get("value", "on")))
        elif tag == "input" and given.get("type") != "file":
            form.values.append((name, given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag in ALONE:
            return
        while tag in (opened for opened, _ in self._open):
            opened, _ = self._open.pop()
            if opened == tag:
                break
        if tag == "form":
            self._inside = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select" and self._inside is not None and self._choices:
            chosen = [value for value, is_chosen in self._choices if is_chosen]
            self._inside.values.append((self._select, (chosen or [self._choices[0][0]])[-1]))

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._inside is not None:
            name, before = self._inside.values[-1]
            self._inside.values[-1] = (name, before + data)
        if any(tag in SILENT for tag, _ in self._open):
            return
        self.texts.append(data)
        for _, identity in self._open:
            if identity:
                self.by_id.setdefault(identity, []).append(data)


def _words(texts: list[str]) -> str:
    return " ".join(" ".join(texts).split())


class Shown:
    """A page as it is shown, or where it sends one."""

    def __init__(self, browser: Browser, response: httpx.Response) -> None:
        self.browser = browser
        self.status = response.status_code
        self.headers = response.headers
        self.html = response.text
        self._reader = _Reader()
        self._reader.feed(self.html)

    @property
    def text(self) -> str:
        """What there is to read."""
        return _words(self._reader.texts)

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return self._reader.links

    @property
    def goes_to(self) -> str:
        """Where a redirection leads."""
        assert self.status == 303, self.text
        return self.headers["Location"]

    @property
    def forms(self) -> list[WebForm]:
        """Every form."""
        return self._reader.forms

    def part(self, identity: str) -> str:
        """The text of the element with an id; empty where there is none."""
        return _words(self._reader.by_id.get(identity, []))

    def complaint(self, name: str) -> str:
        """What is said to be wrong beside a field."""
        return self.part(f"{name}-problem")

    def form(self, action: str) -> WebForm:
        """The form that is sent to an address."""
        found = [form for form in self.forms if form.action.partition("?")[0] == action]
        assert found, f"no form for {action}, only {[form.action for form in self.forms]}"
        return found[0]

    def typed(self, action: str, name: str) -> str:
        """What stands in a field."""
        return dict(self.form(action).values)[name]

    async def send(
        self,
        action: str,
        typed: Typed | None = None,
        files: Any = None,
        **more: str | Sequence[str] | None,
    ) -> Shown:
        """Fill in the form that goes to ``action`` and send it."""
        form = self.form(action)
        sent = form.filled({**(typed or {}), **more})
        if form.method == "get":
            return Shown(self.browser, await self.browser.http.get(form.action, params=sent))
        return Shown(
            self.browser, await self.browser.http.post(form.action, data=sent, files=files)
        )

    async def follow(self) -> Shown:
        """The page that a redirection leads to."""
        return await self.browser.open(self.goes_to)


@dataclass
class Browser:
    """What somebody logged in reads pages with."""

    http: httpx.AsyncClient

    async def ask(self, path: str, *, fragment: bool = False) -> Shown:
        """A page, whatever its status; ``fragment``: as htmx asks."""
        headers = {"HX-Request": "true"} if fragment else {}
        return Shown(self, await self.http.get(path, headers=headers))

    async def open(self, path: str) -> Shown:
        """A page that there is."""
        shown = await self.ask(path)
        assert shown.status == 200, f"{path}: {shown.status} {shown.text[:400]}"
        return shown

    async def log_in(self, tenant: str, login: str, password: str) -> Self:
        """As a user does."""
        page = await self.open("/login")
        answer = await page.send("/login", tenant=tenant, login=login, password=password)
        assert answer.status == 303, answer.text
        return self
