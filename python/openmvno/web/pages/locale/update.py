"""Bring the catalogues of translations up to date with the pages: ``make translations``.

New messages appear in each ``.po`` without a translation, changed ones as fuzzy, gone ones leave.
``--check`` changes nothing and tells what is missing, with exit status 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

# Importing the application brings in every error there is.
import openmvno.web.application  # noqa: F401
from openmvno.web.pages import words
from openmvno.web.pages.languages import DOMAIN, LANGUAGES, SOURCE_LANGUAGE, catalogue_path

PAGES: Final = Path(__file__).parent.parent
METHODS: Final = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS: Final = {
    "templates/**.html": {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "silent": "false"}
}
KEYWORDS: Final = {**DEFAULT_KEYWORDS, "N_": None}


def template() -> Catalog:
    """Every message of the pages, untranslated."""
    catalogue = Catalog(domain=DOMAIN, project="OpenMVNO", fuzzy=False, charset="utf-8")
    found = extract_from_dir(
        PAGES, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS, comment_tags=("NOTE:",)
    )
    for filename, _, message, comments, context in found:
        # Without line numbers a catalogue changes only when its messages do.
        catalogue.add(message, None, [(filename, 0)], auto_comments=comments, context=context)
    for title in words.messages():
        catalogue.add(title, None, [("problems", 0)])
    return catalogue


def updated(language: str) -> Catalog:
    """The catalogue of a language with the messages of today."""
    path = catalogue_path(language)
    if path.exists():
        with path.open("rb") as source:
            catalogue = read_po(source, locale=language, domain=DOMAIN)
    else:
        catalogue = Catalog(locale=language, domain=DOMAIN, project="OpenMVNO", fuzzy=False)
    catalogue.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.header_comment = f"# The pages of OpenMVNO in {LANGUAGES[language]}."
    catalogue.obsolete.clear()
    return catalogue


def faults(language: str) -> Iterator[str]:
    """What a reader of the language would see in English, or in a broken form."""
    with catalogue_path(language).open("rb") as source:
        known = read_po(source, locale=language, domain=DOMAIN)
    for message in template():
        if not message.id:
            continue
        first = message.id if isinstance(message.id, str) else message.id[0]
        there = known.get(first, message.context)
        if (
            there is None
            or not there.string
            or (not isinstance(there.string, str) and not all(there.string))
        ):
            yield f"{language}: no translation of {first!r}"
        elif there.fuzzy:
            yield f"{language}: unsure translation of {first!r}"
        else:
            for error in there.check(known):
                yield f"{language}: {first!r}: {error}"


def main(arguments: list[str]) -> int:
    """Update, or check."""
    others = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
    if "--check" in arguments:
        wrong = [fault for language in others for fault in faults(language)]
        print("\n".join(wrong) or "Every message is translated.")  # noqa: T201
        return 1 if wrong else 0
    for language in others:
        catalogue = updated(language)
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            write_po(target, catalogue, width=100, sort_output=True, no_location=True)
        missing = sum(1 for message in catalogue if message.id and not message.string)
        print(f"{language}: {len(catalogue)} messages, {missing} to translate")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
