"""Which packages' headers are compiled into a program: libraries that are headers alone show nowhere else."""

import functools
import subprocess
from collections.abc import Iterable
from pathlib import Path

import debian


def _ninja(build: Path, *arguments: str) -> list[str]:
    return subprocess.run(["ninja", "-C", build, "--quiet", "-t", *arguments], text=True, check=True,
                          capture_output=True).stdout.splitlines()


@functools.cache
def _headers_of_objects(build: Path) -> dict[str, list[str]]:
    """Of each object file the headers outside of the tree, as the compiler has told them."""
    found: dict[str, list[str]] = {}
    of = ""
    for line in _ninja(build, "deps"):
        if line.startswith("    "):
            if line.startswith("    /usr/"):
                found[of].append(line.strip())
        elif ": #deps" in line:
            of = line.partition(": #deps")[0]
            found[of] = []
    return found


@functools.cache
def _owners(build: Path) -> dict[str, str]:
    used = {header for headers in _headers_of_objects(build).values() for header in headers}
    # A path of the compiler may lead through "..": dpkg knows the plain one.
    plain = {header: str(Path(header).resolve()) for header in used}
    owned = debian.owners(sorted(set(plain.values())))
    return {header: owned[path] for header, path in plain.items()}


def packages(build: Path, targets: Iterable[str]) -> list[str]:
    """The packages whose headers these targets of CMake are compiled with."""
    objects = {line for target in targets for line in _ninja(build, "inputs", target) if line.endswith(".o")}
    known = _headers_of_objects(build)
    owners = _owners(build)
    return sorted({owners[header] for one in objects for header in known.get(one, [])})
