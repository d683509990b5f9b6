"""What was released, and the services of the last release, built once to run beside today's."""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import children
import cmake
from console import Failure, Progress, say

FILE = cmake.ROOT / "deploy" / "releases"
FOLDER = cmake.ROOT / "build" / "previous"
TARGETS = ("admin", "channel_manager", "gateway", "template", "translator", "vardiff")
PROGRAMS = ("adit-admin", "adit-channel-manager", "adit-gateway", "adit-template",
            "adit-translator", "adit-vardiff")
# As ./dev test builds the tree around it: what has not changed since is in ccache already.
PRESET = "ci" if os.environ.get("CI") else "dev"
_LINE = re.compile(r"^(\d+\.\d+\.\d+) ([0-9a-f]{40})$")
_STEP = re.compile(r"^\[(\d+)/(\d+)\] (.*)")


class Unavailable(Exception):
    """Why there is no previous release here: a reason to skip, not to fail."""


@dataclass(frozen=True)
class Release:
    version: str
    commit: str

    @property
    def folder(self) -> Path:
        return FOLDER / f"{self.version}-{self.commit[:9]}"

    @property
    def programs(self) -> Path:
        """Where its services are, once they were built."""
        return self.folder / "build" / PRESET / "bin"


def releases(text: str) -> list[Release]:
    """Raises Failure where the file says something else."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if not match:
            raise Failure(f"deploy/releases, line {number}: \"{line}\" is not VERSION COMMIT, such "
                          "as 0.1.0 and 40 hexadecimal digits")
        if any(release.version == match[1] for release in found):
            raise Failure(f"deploy/releases, line {number}: {match[1]} is there twice")
        found.append(Release(match[1], match[2]))
    return found


def last() -> Release:
    """Raises Unavailable when nothing was released."""
    found = releases(FILE.read_text())
    if not found:
        raise Unavailable("deploy/releases names no release")
    return found[-1]


def built() -> Release:
    """The last release, if its services are there; else raises Unavailable."""
    release = last()
    if not _is_built(release):
        raise Unavailable(f"the services of {release.version} are not built; ./dev upgrade and "
                          "./dev test do it")
    return release


def build() -> Release:
    """Builds the services of the last release unless they are there. Raises Unavailable where its
    commit is not in this clone."""
    release = last()
    with _alone():
        if not _is_built(release):
            _check_out(release)
            _compile(release)
            (release.programs / ".complete").touch()
    return release


def _is_built(release: Release) -> bool:
    return (release.programs / ".complete").exists()


@contextlib.contextmanager
def _alone():
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _git(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["git", "-C", cmake.ROOT, *words], check=False, capture_output=True)


def _check_out(release: Release) -> None:
    """Its files without its history: git keeps no record of another work tree."""
    if shutil.which("git") is None or _git("cat-file", "-e", release.commit).returncode != 0:
        raise Unavailable(f"the commit of {release.version} ({release.commit[:9]}) is not in this "
                          "clone: a shallow one gets it by git fetch --unshallow")
    shutil.rmtree(release.folder, ignore_errors=True)  # of a build that was broken off
    release.folder.mkdir(parents=True)
    archive = _git("archive", release.commit)
    unpacked = subprocess.run(["tar", "-x", "-C", release.folder], input=archive.stdout,
                              check=False, capture_output=True)
    if archive.returncode != 0 or unpacked.returncode != 0:
        raise Failure(f"git archive {release.commit[:9]}: "
                      f"{(archive.stderr + unpacked.stderr).decode(errors='replace').strip()}")


def _compile(release: Release) -> None:
    configured = subprocess.run(
        # Its page is of no use here, and takes npm.
        ["cmake", "--preset", PRESET, "-DADIT_CONSOLE=OFF"], cwd=release.folder, text=True,
        check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if configured.returncode != 0:
        print(configured.stdout)
        raise Failure(f"cmake could not configure {release.version}, see above")
    progress, said = Progress(f"building {release.version}"), []
    ninja = children.start(["ninja", "-C", release.programs.parent, "-j", cmake.jobs(), *TARGETS],
                           text=True, env={**os.environ, "NINJA_STATUS": "[%f/%t] "},
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in ninja.stdout:
        if step := _STEP.match(line):
            progress.show(int(step[1]), int(step[2]), Path(step[3]).name)
        else:
            said.append(line)
    progress.clear()
    if ninja.wait() != 0:
        print("".join(said[-60:]), end="")
        raise Failure(f"{release.version} does not build, see above")
    say(f"{release.version} built")
