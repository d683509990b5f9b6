"""Runs a program in an image's file system as containers do: that file system alone, read-only, another
user without any capability, processes of its own. Needs root and util-linux, but no tool for containers."""

import shutil
import subprocess
from pathlib import Path

# $1 the root, $2 and $3 folders for /etc/adit and /run/secrets/adit; then the program. What can be written to
# is not locked up.
SCRIPT = """
set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount --bind "$2" "$1/etc/adit"
mount -o remount,bind,ro "$1/etc/adit"
mount --bind "$3" "$1/run/secrets/adit"
mount -o remount,bind,ro "$1/run/secrets/adit"
mount -t proc proc "$1/proc"
if touch "$1/tmp/probe" 2>/dev/null || touch "$1/etc/adit/probe" 2>/dev/null; then
    echo "the root can be written to" >&2
    exit 99
fi
root=$1
shift 3
exec setpriv --no-new-privs chroot --userspec=65532:65532 --groups= "$root" "$@"
"""
UNSHARE = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]


def reason_against() -> str | None:
    """Why it cannot be done here."""
    for tool in ("unshare", "setpriv", "chroot"):
        if not shutil.which(tool):
            return f"{tool} is not installed"
    tried = subprocess.run([*UNSHARE, "true"], text=True, check=False, capture_output=True)
    return None if tried.returncode == 0 else f"no namespaces of its own: {tried.stderr.strip()}"


def command(root: Path, pool: Path, *program: str) -> list[str]:
    """`pool` has the configuration in `etc` and the secrets in `secrets`."""
    return [*UNSHARE, "sh", "-c", SCRIPT, "sh", str(root), str(pool / "etc"), str(pool / "secrets"), *program]


def run(root: Path, pool: Path, *program: str) -> subprocess.CompletedProcess:
    return subprocess.run(command(root, pool, *program), text=True, check=False,
                          capture_output=True, timeout=120)
