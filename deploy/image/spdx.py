"""The list of an image's contents as SPDX 2.3 in JSON."""

import datetime
import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from debian import Package


@dataclass
class Bundled:
    """A package of another registry whose text is in our binary."""

    name: str
    version: str
    licence: str

    def purl(self) -> str:
        return f"pkg:npm/{self.name.replace('@', '%40')}@{self.version}"


@dataclass
class Contents:
    """What an image is made of; files by their path in it."""

    image: str
    version: str
    files: dict[str, str] = field(default_factory=dict)  # path: the package's name, "" for ours
    packages: list[Package] = field(default_factory=list)
    compiled_in: list[Package] = field(default_factory=list)  # by their headers
    bundled: list[Bundled] = field(default_factory=list)


def _id(kind: str, name: str) -> str:
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]", "-", name.replace("+", "-plus").strip("/"))


def created() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = (datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc) if epoch
              else datetime.datetime.now(datetime.timezone.utc))
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(spdx_id: str, name: str, version: str, licence: str, purl: str, **more) -> dict:
    return {"SPDXID": spdx_id, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": licence,
            "copyrightText": "NOASSERTION",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": purl}], **more}


def _debian_entry(package: Package) -> dict:
    licence = package.licence.expression if package.licence else "NOASSERTION"
    more = {"supplier": "Organization: Debian",
            "sourceInfo": f"built from {package.source} {package.source_version}"}
    if package.homepage:
        more["homepage"] = package.homepage
    if not package.licence:
        more["licenseComments"] = f"in words: /usr/share/doc/{package.name}/copyright"
    return _entry(_id("Package", package.name), package.name, package.version, licence, package.purl(),
                  **more)


def _file_entry(root: Path, path: str) -> dict:
    content = (root / path.lstrip("/")).read_bytes()
    return {"SPDXID": _id("File", path), "fileName": f".{path}", "licenseConcluded": "NOASSERTION",
            "copyrightText": "NOASSERTION",
            "checksums": [{"algorithm": kind.upper(), "checksumValue": hashlib.new(kind, content).hexdigest()}
                          for kind in ("sha1", "sha256")]}


def _verification_code(files: list[dict]) -> dict:
    """SPDX 2.3, 7.9."""
    ordered = sorted(entry["checksums"][0]["checksumValue"] for entry in files)
    return {"packageVerificationCodeValue": hashlib.sha1("".join(ordered).encode()).hexdigest()}


def document(root: Path, contents: Contents) -> dict:
    """Of an image that lies unpacked in `root`."""
    ours = _id("Package", f"adit-{contents.image}")
    packages = {package.name: package for package in [*contents.compiled_in, *contents.packages]}
    files = [_file_entry(root, path) for path in sorted(contents.files)]
    image = _entry(ours, f"adit-{contents.image}", contents.version, "MIT",
                   f"pkg:generic/adit-{contents.image}@{contents.version}", primaryPackagePurpose="CONTAINER")
    entries = [{**image, "filesAnalyzed": True, "packageVerificationCode": _verification_code(files),
                "licenseInfoFromFiles": ["NOASSERTION"]}]
    entries += [_debian_entry(packages[name]) for name in sorted(packages)]
    entries += [_entry(_id("Package-npm", one.name), one.name, one.version, one.licence, one.purl())
                for one in contents.bundled]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", ours)]
    relations += [(ours, "CONTAINS", _id("Package", package.name)) for package in contents.packages]
    relations += [(_id("Package", package.name), "BUILD_DEPENDENCY_OF", ours)
                  for package in contents.compiled_in]
    relations += [(ours, "STATIC_LINK", _id("Package-npm", one.name)) for one in contents.bundled]
    relations += [(ours, "CONTAINS", _id("File", path)) for path in sorted(contents.files)]
    # SPDX has a package contain files only when all of its files are listed, and these are some.
    relations += [(_id("File", path), "GENERATED_FROM", _id("Package", name))
                  for path, name in sorted(contents.files.items()) if name]
    texts = {key: text for package in packages.values() if package.licence
             for key, text in package.licence.texts.items()}
    digest = hashlib.sha256("".join(entry["checksums"][1]["checksumValue"] for entry in files).encode())
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"adit-{contents.image}-{contents.version}",
        "documentNamespace": f"urn:adit:image:{contents.image}:{contents.version}:{digest.hexdigest()}",
        "creationInfo": {"created": created(), "creators": ["Tool: adit-rootfs"]},
        "packages": entries, "files": files,
        "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
                          for one, kind, other in relations],
        "hasExtractedLicensingInfos": [{"licenseId": key, "name": name, "extractedText": text}
                                       for key, (name, text) in sorted(texts.items())]}
