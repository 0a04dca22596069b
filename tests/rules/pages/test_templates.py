"""No text of a template escapes translation; nothing in one breaks the Content-Security-Policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from openmvno.web.pages.rendering import TEMPLATE_FOLDER

TEMPLATES = sorted(path.relative_to(TEMPLATE_FOLDER) for path in TEMPLATE_FOLDER.rglob("*.html"))
NAMES = {"OpenMVNO", "kB", "MB", "GB", "ICCID", "IMSI", "MSISDN", "CDR", "PIN", "PUK", "HLR", "QR"}
"""Words that are the same in every language."""
SPOKEN = ("alt", "title", "placeholder", "aria-label", "content")
"""Attributes that people read or hear."""
TAG = re.compile(r"<[^>]*>")
ATTRIBUTE = re.compile(r"""([a-z-]+)\s*=\s*("([^"]*)"|'([^']*)')""")
WORD = re.compile(r"[^\W\d_]{2,}")
UNTRANSLATED = re.compile(r"</?(code|kbd|script|style)\b")


def literal_text(source: str) -> str:
    """The template with every expression and statement replaced by nothing."""
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    kept: list[str] = []
    inside_trans = False
    statement: list[str] = []
    for _, kind, value in environment.lex(source):
        if kind == "data" and not inside_trans:
            kept.append(value)
        elif kind == "block_begin":
            statement = []
        elif kind == "block_end":
            if statement[:1] == ["trans"]:
                inside_trans = True
            elif statement[:1] == ["endtrans"]:
                inside_trans = False
        elif kind == "name":
            statement.append(value)
        elif kind == "variable_end":
            kept.append("\0")
    return "".join(kept)


def words_shown(source: str) -> set[str]:
    """Words a reader would see or hear in English whatever the language."""
    text = literal_text(source)
    shown = TAG.sub(" ", text)
    for tag in TAG.findall(text):
        for name, _, double, single in ATTRIBUTE.findall(tag):
            is_setting = tag.startswith("<meta")
            if name in SPOKEN and not is_setting:
                shown += f" {double or single}"
    return set(WORD.findall(shown)) - NAMES


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_every_word_can_be_translated(template: Path) -> None:
    source = (TEMPLATE_FOLDER / template).read_text("utf-8")
    assert words_shown(source) == set()


def test_a_word_that_escapes_is_found() -> None:
    assert words_shown("<p>{{ _('Good') }} morning <b title='Dear reader'>{{ x }}</b></p>") == {
        "morning",
        "Dear",
        "reader",
    }
    assert words_shown("{% trans %}Good morning{% endtrans %}<i class='quiet'>12</i>") == set()


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_nothing_is_inline(template: Path) -> None:
    source = (TEMPLATE_FOLDER / template).read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", source)
    assert not re.search(r"""(src|href|action)=["']?(https?:)?//""", source)


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_a_problem_that_is_to_be_beside_a_field_has_that_field(template: Path) -> None:
    """Otherwise "Mend the marked field" would be said, and no field marked."""
    source = (TEMPLATE_FOLDER / template).read_text()
    included = re.findall(r"""(?:include|from) "((?:staff|self_care)/[^"]+)\"""", source)
    shown = source + "".join((TEMPLATE_FOLDER / each).read_text() for each in included)
    for listed in re.findall(r"forms\.problem\(words, \w+, (\[[^\]]*\])", source):
        for name in re.findall(r'"([^"]+)"', listed):
            assert f'"{name}"' in shown.replace(listed, ""), (template, name)
