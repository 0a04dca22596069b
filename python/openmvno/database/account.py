"""The operating system account PostgreSQL runs under.

PostgreSQL refuses to run as root. Started as root, OpenMVNO runs it under the system user
``openmvno`` (created when there is none). Permissions of existing folders are never loosened: what
that user cannot reach is put under /var/lib/openmvno instead.
"""

from __future__ import annotations

import grp
import os
import pwd
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from openmvno.database.errors import DataFolderError

SERVICE_USER = "openmvno"
SYSTEM_HOME = Path("/var/lib/openmvno")


@dataclass(frozen=True)
class Account:
    """Whom PostgreSQL runs as, and whether that differs from whom we run as."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether we have to change the user to act as this account."""
        return self.uid != os.geteuid()

    def run_as(self) -> dict[str, object]:
        """Keyword arguments of :class:`subprocess.Popen` that act as this account."""
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_reach(self, path: Path) -> bool:
        """Whether every folder down to ``path`` (itself included, if it exists) can be entered."""
        if not self.is_other:
            return True
        groups = {
            self.gid,
            *(entry.gr_gid for entry in grp.getgrall() if self.name in entry.gr_mem),
        }
        return all(
            self._may_enter(folder.stat(), groups)
            for folder in [*reversed(path.parents), path]
            if folder.exists()
        )

    def _may_enter(self, status: os.stat_result, groups: set[int]) -> bool:
        if not stat.S_ISDIR(status.st_mode):
            return True
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid in groups:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _service_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is not None:
        command = [useradd, "--system", "--user-group", "--no-create-home"]
        command += ["--home-dir", str(SYSTEM_HOME), "--shell", "/usr/sbin/nologin", SERVICE_USER]
        subprocess.run(command, check=False, capture_output=True)
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError as error:
        raise DataFolderError(
            "PostgreSQL does not run as root, and the system user "
            f"{SERVICE_USER} could not be created. Create it (useradd --system {SERVICE_USER}), "
            "start OpenMVNO as an ordinary user, or set OPENMVNO_DATABASE_URL."
        ) from error


def server_account(home: Path) -> Account:
    """The account for the cluster in ``home``: its owner, or whom a new one would belong to.

    Raises:
        DataFolderError: the cluster belongs to a user we cannot act as.
    """
    if home.exists():
        owner = home.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise DataFolderError(
                f"The data folder {home} belongs to the user with id {owner}; start OpenMVNO as "
                "that user or set OPENMVNO_DATA_DIR to a folder of your own."
            )
        if owner != 0:
            return _account(pwd.getpwuid(owner))
    if os.geteuid() == 0:
        return _account(_service_user())
    return _account(pwd.getpwuid(os.geteuid()))


def _make_system_home() -> None:
    SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)


def place_home(home: Path, account: Account) -> Path:
    """Create the cluster's home folder, owned by ``account`` and closed to everyone else.

    Where the account cannot reach ``home``, a new folder under /var/lib/openmvno takes its place
    and ``home`` becomes a symbolic link to it. Returns the real folder.
    """
    if home.exists():
        make_private_folder(home.resolve(), account)
        return home.resolve()
    if home.is_symlink():
        raise DataFolderError(
            f"{home} is a link to {home.readlink()}, which is gone. Bring that folder back, or "
            "remove the link to start with an empty database."
        )
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        if account.can_reach(home.parent):
            _make_private(home, account)
            return home
        _make_system_home()
        place = SYSTEM_HOME / "clusters" / secrets.token_hex(8)
        place.parent.mkdir(mode=0o755, exist_ok=True)
        _make_private(place, account)
        home.symlink_to(place)
        return place
    except OSError as error:
        raise DataFolderError(
            f"The data folder {home.parent} cannot be created ({error.strerror}). "
            "Set OPENMVNO_DATA_DIR to a folder you may write to."
        ) from error


def make_private_folder(folder: Path, account: Account) -> None:
    """Make sure ``folder`` exists, belongs to ``account`` and is closed to everyone else.

    Raises:
        DataFolderError: it exists and belongs to somebody else.
    """
    if not folder.exists():
        _make_private(folder, account)
        return
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != account.uid:
        raise DataFolderError(
            f"{folder} exists but does not belong to {account.name}; remove it and start again."
        )
    if stat.S_IMODE(status.st_mode) != 0o700:
        folder.chmod(0o700)


def _make_private(folder: Path, account: Account) -> None:
    folder.mkdir(mode=0o700)
    if account.is_other:
        os.chown(folder, account.uid, account.gid)


def reachable_installation(installation: Path, account: Account) -> Path:
    """``installation`` (a PostgreSQL), or a copy of it that ``account`` can reach."""
    if account.can_reach(installation / "bin"):
        return installation
    _make_system_home()
    # A wheel's version changes its binary, so size and time name the copy well enough.
    status = (installation / "bin" / "postgres").stat()
    copy = SYSTEM_HOME / f"postgresql-{status.st_size:x}-{status.st_mtime_ns:x}"
    if not copy.exists():
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(installation, draft, symlinks=True)
        try:
            draft.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(draft)
    return copy
