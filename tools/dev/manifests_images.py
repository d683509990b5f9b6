"""The images that the manifests name, against deploy/Containerfile: is there a target for each, and
does its process listen where the manifests say?"""

import re
from typing import Iterator

from manifests_render import ROOT, Render, containers

CONTAINERFILE = ROOT / "deploy" / "Containerfile"
_OURS = re.compile(r"(?:.*/)?adit/([a-z-]+)(?::|$)")


def targets(text: str) -> dict[str, set[int]]:
    """The ports of each."""
    found: dict[str, set[int]] = {}
    name = ""
    for line in text.splitlines():
        if begins := re.match(r"FROM \S+ AS (\S+)", line):
            name = begins[1]
            found[name] = set()
        elif line.startswith("EXPOSE "):
            found[name] |= {int(port) for port in line.split()[1:]}
    return found


def _images(render: Render) -> Iterator[str]:
    known = targets(CONTAINERFILE.read_text(encoding="utf-8"))
    for entry in render.workloads():
        for container in containers(entry):
            ours = _OURS.match(container.get("image", ""))
            if not ours:
                continue
            where = f"spec.template.spec.containers.{container['name']}"
            if ours[1] not in known:
                yield f"{entry.at(f'{where}.image')}: deploy/Containerfile has no target {ours[1]}"
                continue
            for number in sorted({port["containerPort"] for port in container.get("ports", [])}
                                 - known[ours[1]]):
                yield (f"{entry.at(f'{where}.ports')}: {number} is none of those that the image "
                       f"{ours[1]} exposes")


def check(render: Render) -> list[str]:
    return list(_images(render)) if render.whole else []
