"""What dpkg knows of a file and of a package."""

import functools
import os
import subprocess
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

import licences

DOC = Path("/usr/share/doc")
_FIELDS = ("Package", "Version", "Architecture", "source:Package", "source:Version", "Homepage")


class Unknown(Exception):
    """A file that no package owns."""


@dataclass
class Package:
    """A Debian package as it is installed here."""

    name: str
    version: str
    architecture: str
    source: str
    source_version: str
    homepage: str = ""
    copyright: str = ""
    licence: licences.Licence | None = field(default=None, repr=False)

    def purl(self) -> str:
        name, version = urllib.parse.quote(self.name), urllib.parse.quote(self.version)
        return f"pkg:deb/debian/{name}@{version}?arch={self.architecture}"


def _both_names(path: str) -> list[str]:
    """/lib is a link to /usr/lib, and dpkg knows a file by the name that its package has."""
    plain = path.removeprefix("/usr") if path.startswith("/usr/lib") else path
    return [path, plain, f"/usr{plain}"] if plain.startswith("/lib") else [path]


def owners(paths: list[str]) -> dict[str, str]:
    """The package of each of these files. Errors: Unknown names those that have none."""
    asked = {name: path for path in paths for name in _both_names(path)}
    found: dict[str, str] = {}
    names = sorted(asked)
    for start in range(0, len(names), 500):
        # It complains of those that it does not know, and says the rest.
        said = subprocess.run(["dpkg-query", "--search", *names[start:start + 500]], text=True,
                              check=False, capture_output=True).stdout
        for line in said.splitlines():
            package, _, path = line.rpartition(": ")
            if path in asked and not package.startswith("diversion "):
                found[asked[path]] = package.split(",")[0].split(":")[0].strip()
    missing = sorted(set(paths) - set(found))
    if missing:
        raise Unknown(f"no Debian package has {', '.join(missing[:5])}; only what a package has can be "
                      "named in the list of contents, so build where Debian's packages alone are used")
    return found


@functools.cache
def package(name: str) -> Package:
    form = "\\n".join(f"${{{key}}}" for key in _FIELDS)
    said = subprocess.run(["dpkg-query", "--show", f"--showformat={form}\\n\\n", name], text=True,
                          check=True, capture_output=True).stdout.split("\n\n")[0]
    values = (said.split("\n") + [""] * len(_FIELDS))[:len(_FIELDS)]
    found = Package(*values)
    text = DOC / name / "copyright"
    if text.exists():
        found.copyright = text.read_text(encoding="utf-8", errors="replace")
        found.licence = licences.read(name, found.copyright)
    return found


@functools.cache
def status(name: str) -> str:
    """Its entry in dpkg's database, which scanners for known weaknesses look for."""
    return subprocess.run(["dpkg-query", "--status", name], text=True, check=True,
                          capture_output=True, env={**os.environ, "LC_ALL": "C"}).stdout
