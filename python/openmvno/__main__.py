"""``python -m openmvno`` is the command ``openmvno``."""

from openmvno.cli.main import run

if __name__ == "__main__":
    run()
