"""A network and mounts of this process' own, in which measurements and made-up machines leave the
real one alone. They end with the last process in them, however it ends: nothing is to be cleaned up.
"""

import ctypes
import errno
import os
import subprocess
from pathlib import Path

from console import Failure


class Refused(Exception):
    """Why this cannot be done on this machine."""


_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000


def run(*words, text: str | None = None) -> None:
    done = subprocess.run([str(word) for word in words], text=True, input=text, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, words))}: {done.stdout.strip()}")


def _unshare(flags: int) -> int:
    """0 or the error's number."""
    libc = ctypes.CDLL(None, use_errno=True)
    return 0 if libc.unshare(flags) == 0 else ctypes.get_errno()


def leave_machine(unshare=_unshare) -> None:
    """From here on this process has a network, in which nothing is up but loopback, and mounts of its
    own. To be called while it has one thread. Raises Refused where the kernel does not permit that."""
    user, group = os.geteuid(), os.getegid()
    number = unshare(_CLONE_NEWNS | _CLONE_NEWNET)
    if number == errno.EPERM:
        # Not root, or root without its rights: a user namespace of our own gives them inside it.
        number = unshare(_CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWNET)
        if number == 0:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {user} 1")
            Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    if number != 0:
        raise Refused(f"this machine permits no network namespaces ({os.strerror(number)}), in which "
                      "all of this runs; be root, or allow user namespaces "
                      "(sysctl user.max_user_namespaces), and in a container CAP_SYS_ADMIN")
    try:
        run("ip", "link", "set", "lo", "up")
    except (Failure, OSError) as why:
        raise Refused(f"ip, of Debian's iproute2, does not bring loopback up: {why}") from why
