"""``openmvno doctor``: is this machine able to run OpenMVNO, and with which settings?"""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel="Operate")(doctor)


def doctor() -> None:
    """Check the installation and show every setting with its value.

    Exit status 1 when something would keep OpenMVNO from running, or when the books do not balance:
    then it names the first thing that is wrong.

    Example:

        openmvno doctor
    """
    from openmvno.settings import load_settings
    from openmvno.supervisor.doctor import examine, settings_table

    settings = load_settings()
    print("Settings (environment variables)")
    for name, value, description in settings_table(settings):
        print(f"  {name:<32} {value:<28} {description}")
    print("\nChecks")
    findings = examine(settings)
    for finding in findings:
        print(
            f"  {'ok     ' if finding.is_good else 'PROBLEM'}  {finding.subject}: {finding.detail}"
        )
    raise typer.Exit(0 if all(finding.is_good for finding in findings) else 1)
