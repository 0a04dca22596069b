"""The command ``openmvno``: one module for each group of commands.

A module here with a function ``register(app: typer.Typer) -> None`` adds its commands. Such a
module imports nothing heavy at its top, so that ``--help`` answers at once.
"""
