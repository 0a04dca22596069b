"""FreeRADIUS as a proxy in front of us, from Debian's package, in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.radius import SECRET

PROXY_SECRET = "between nas and proxy"
START_SECONDS = 20.0

needs_freeradius = pytest.mark.skipif(
    shutil.which("freeradius") is None, reason="freeradius is not installed: make test-packages"
)

CONFIGURATION = """\
prefix = /usr
libdir = /usr/lib/freeradius
logdir = {folder}
run_dir = {folder}
db_dir = {folder}
max_request_time = 10
cleanup_delay = 2
max_requests = 4096
hostname_lookups = no
proxy_requests = yes
log {
    destination = stdout
}
security {
    max_attributes = 200
    reject_delay = 0
    status_server = no
}
client nas {
    ipaddr = 127.0.0.1
    secret = "{proxy_secret}"
    require_message_authenticator = yes
}
home_server ours_auth {
    type = auth
    ipaddr = 127.0.0.1
    port = {authentication}
    secret = "{secret}"
    require_message_authenticator = yes
    response_window = 5
    status_check = status-server
    check_interval = 6
    num_answers_to_alive = 3
}
home_server ours_acct {
    type = acct
    ipaddr = 127.0.0.1
    port = {accounting}
    secret = "{secret}"
    response_window = 5
    status_check = status-server
    check_interval = 6
    num_answers_to_alive = 3
}
home_server_pool auth_pool {
    type = fail-over
    home_server = ours_auth
}
home_server_pool acct_pool {
    type = fail-over
    home_server = ours_acct
}
realm ours {
    auth_pool = auth_pool
    acct_pool = acct_pool
}
modules {
    always ok {
        rcode = ok
    }
}
server default {
    listen {
        type = auth
        ipaddr = 127.0.0.1
        port = {listen_auth}
    }
    listen {
        type = acct
        ipaddr = 127.0.0.1
        port = {listen_acct}
    }
    authorize {
        update control {
            &Proxy-To-Realm := "ours"
        }
    }
    preacct {
        update control {
            &Proxy-To-Realm := "ours"
        }
    }
    accounting {
        ok
    }
}
"""


@contextmanager
def proxy(
    folder: Path, ours: tuple[int, int], listens: tuple[int, int]
) -> Iterator[subprocess.Popen[bytes]]:
    """A proxy that listens on ``listens`` and asks us at ``ours`` (authentication, accounting)."""
    values = {
        "folder": folder,
        "secret": SECRET,
        "proxy_secret": PROXY_SECRET,
        "authentication": ours[0],
        "accounting": ours[1],
        "listen_auth": listens[0],
        "listen_acct": listens[1],
    }
    text = CONFIGURATION
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    (folder / "radiusd.conf").write_text(text)
    shutil.copy("/etc/freeradius/3.0/dictionary", folder / "dictionary")
    with (folder / "freeradius.log").open("wb") as log:
        process = subprocess.Popen(
            ["freeradius", "-f", "-l", "stdout", "-d", str(folder)], stdout=log, stderr=log
        )
    try:
        _wait(process, listens[0], folder / "freeradius.log")
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "Ready to process requests" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
