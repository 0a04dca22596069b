"""Every message of the pages is translated into every language, plurals included."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from openmvno.web.pages.languages import LANGUAGES, LOCALE_FOLDER, SOURCE_LANGUAGE, translations_of

UPDATE = LOCALE_FOLDER / "update.py"


def test_nothing_is_left_in_english() -> None:
    done = subprocess.run(
        [sys.executable, UPDATE, "--check"], capture_output=True, check=False, text=True
    )
    assert done.stdout == "Every message is translated.\n", (
        "run `make translations`, then translate"
    )


def test_what_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("update", UPDATE)
    assert spec is not None
    assert spec.loader is not None
    update = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(update)
    incomplete = tmp_path / "de.po"
    whole = (LOCALE_FOLDER / "de/LC_MESSAGES/openmvno.po").read_text("utf-8")
    assert 'msgid "Saved."' in whole
    incomplete.write_text(whole.replace('msgid "Saved."', 'msgid "Kept."'), "utf-8")
    monkeypatch.setattr(update, "catalogue_path", lambda _: incomplete)
    assert list(update.faults("de")) == ["de: no translation of 'Saved.'"]


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != SOURCE_LANGUAGE])
def test_plurals_follow_the_language(language: str) -> None:
    translations = translations_of(language)
    forms = {translations.ngettext("%(num)s gateway", "%(num)s gateways", n) for n in (1, 2, 5)}
    assert len(forms) == {"de": 2, "es": 2, "uk": 3}[language]
