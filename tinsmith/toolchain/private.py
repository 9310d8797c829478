"""Whether a folder is this user's alone: what lies in it will be run."""

from __future__ import annotations

import os
import stat
from pathlib import Path

OVERFLOW_UID = 65534  # what a user namespace shows for owners outside of it


def intruder(folder: Path) -> str:
    """Why somebody else could change what lies in a folder, in words; "" if nobody could.

    As ssh asks of its files: the folder and all above it belong to this user or to root, and
    neither a group nor everybody may write to them. A folder above may let everybody add files
    where none can remove another's (/tmp), and a group of this user alone counts as the user.
    """
    if not hasattr(os, "geteuid"):
        return ""  # no such owners and modes
    place = folder.resolve()
    return next((why for at in (place, *place.parents) if (why := _why(at, at == place))), "")


def _why(folder: Path, itself: bool) -> str:
    status = folder.stat()
    owners = {os.geteuid(), 0} if itself else {os.geteuid(), 0, OVERFLOW_UID}
    if status.st_uid not in owners:
        return f"'{folder}', which belongs to user {_user(status.st_uid)}"
    sticky = bool(status.st_mode & stat.S_ISVTX) and not itself
    by_group = status.st_mode & stat.S_IWGRP and not _is_own_group(status.st_gid)
    if (by_group or status.st_mode & stat.S_IWOTH) and not sticky:
        return f"'{folder}', which others may write to (mode {stat.S_IMODE(status.st_mode):04o})"
    return ""


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _is_own_group(gid: int) -> bool:
    """Whether a group is one that systems make for a single user, and this user's."""
    import grp
    import pwd

    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    own = gid == user.pw_gid and group.gr_name == user.pw_name
    return own and set(group.gr_mem) <= {user.pw_name}
