"""Templates turned into HTML, in the reader's language."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from openmvno.web.pages.charts import chart_of
from openmvno.web.pages.forms import CSRF_FIELD, KEY_FIELD
from openmvno.web.pages.languages import LANGUAGES, translations_of

TEMPLATE_FOLDER: Final = Path(__file__).parent / "templates"
STATIC_FOLDER: Final = Path(__file__).parent / "static"
STATIC_PATH: Final = "/assets"


@cache
def environment_of(language: str) -> Environment:
    """The templates with the translations of a language."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        translations_of(language), newstyle=True
    )
    environment.globals.update(
        asset=asset,
        chart_of=chart_of,
        languages=LANGUAGES,
        CSRF_FIELD=CSRF_FIELD,
        KEY_FIELD=KEY_FIELD,
    )
    return environment


def render(template: str, language: str, values: dict[str, Any]) -> str:
    """The HTML of a template."""
    return environment_of(language).get_template(template).render(values)


@cache
def asset(name: str) -> str:
    """Where a static file is; another address when its content changes, so it may be cached."""
    mark = hashlib.sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"{STATIC_PATH}/{name}?{mark}"
