"""Debian's machine-readable copyright files as expressions of SPDX.

A name that SPDX does not have, or that may mean several things, becomes a LicenseRef with the text that
Debian gives for it: nothing is guessed.
"""

import re
from dataclasses import dataclass, field

FORMAT = re.compile(r"^Format(-Specification)?:\s*\S*copyright-format", re.IGNORECASE)
# Debian's short names in lower case, less the version's ".0" and "+", and what SPDX calls them.
SAME = {name.lower(): name for name in (
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause", "BSD-4-Clause-UC", "BSL-1.0",
    "CC0-1.0", "FSFAP", "ISC", "MIT", "MIT-CMU", "MPL-1.1", "MPL-2.0", "OpenSSL", "PostgreSQL",
    "Unlicense", "X11", "Zlib", "curl")}
OTHER = {"expat": "MIT", "apache-2": "Apache-2.0", "cc0": "CC0-1.0", "openldap-2.8": "OLDAP-2.8",
         "fsful": "FSFUL", "fsf-unlimited": "FSFULLR"}
GNU = re.compile(r"^(?:gnu )?(a|l)?gpl(?:-?v?)(1|2|2\.1|3)(?:\.0)?(\+)?$", re.IGNORECASE)


@dataclass
class Licence:
    """What a package is under: an expression, and the texts of those that are Debian's names."""

    expression: str
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)  # LicenseRef: name, text


def paragraphs(text: str) -> list[dict[str, str]]:
    """The fields of each paragraph, names in lower case, continued lines below each other."""
    found = []
    for block in re.split(r"\n[ \t]*\n", text):
        fields, name = {}, None
        for line in block.splitlines():
            if line[:1] in (" ", "\t"):
                if name:
                    fields[name] += "\n" + line[1:]
            elif ":" in line and not line.startswith("#"):
                name, _, value = line.partition(":")
                name = name.lower()
                fields[name] = value.strip()
        if fields:
            found.append(fields)
    return found


def spdx_id(name: str) -> str | None:
    """The identifier of SPDX for one of Debian's short names, if there is one and no doubt."""
    gnu = GNU.match(name)
    if gnu:
        version = gnu[2] if "." in gnu[2] else f"{gnu[2]}.0"
        return f"{(gnu[1] or '').upper()}GPL-{version}-{'or-later' if gnu[3] else 'only'}"
    return SAME.get(name.lower()) or OTHER.get(name.lower())


def _reference(package: str, name: str) -> str:
    return "LicenseRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", f"{package}-{name}").strip("-")


def _terms(package: str, licence: str, texts: dict[str, str], out: Licence) -> list[str]:
    """What all applies: `A and B or C` binds `and` tighter than `or`; a comma, as in `A, and B or C`,
    looser than both."""
    all_of = []
    for group in re.split(r",\s+(?:and\s+)?", licence):
        choices = []
        for choice in re.split(r"\s+or\s+", group):
            both = [_known(package, name.strip(), licence, texts, out)
                    for name in re.split(r"\s+and\s+", choice)]
            choices.append(both)
        if len(choices) == 1:
            all_of += choices[0]
        else:
            all_of.append(f"({' OR '.join(' AND '.join(both) for both in choices)})")
    return all_of


def _known(package: str, name: str, licence: str, texts: dict[str, str], out: Licence) -> str:
    known = spdx_id(name)
    if known is None:
        known = _reference(package, name)
        text = texts.get(name.lower()) or texts.get(licence.lower())
        out.texts[known] = (name, text or f"/usr/share/doc/{package}/copyright")
    return known


def read(package: str, text: str) -> Licence | None:
    """What all files but those of the packaging are under; None where only people can read it."""
    if not any(FORMAT.match(line) for line in text.splitlines()[:5]):
        return None
    known = paragraphs(text)
    texts = {}
    for fields in known:
        name, _, body = fields.get("license", "").partition("\n")
        if body.strip():
            texts.setdefault(name.strip().lower(), body)
    out, all_of = Licence(""), set()
    for fields in known:
        files = fields.get("files", "").split()
        name = fields.get("license", "").partition("\n")[0].strip()
        if files and name and not all(file.startswith("debian/") for file in files):
            all_of.update(_terms(package, name, texts, out))
    if not all_of:
        return None
    out.expression = " AND ".join(sorted(all_of)) if len(all_of) > 1 else all_of.pop().strip("()")
    return out
