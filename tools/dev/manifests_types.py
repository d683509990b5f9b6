"""Every object against the types of Kubernetes: it is written as a literal of its type, a field a
line, and the compiler of TypeScript says what is unknown or of another type."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from console import Failure
from manifests_render import Object, Render

# Groups that are not Kubernetes' own, and the package that knows them.
_PACKAGES = {"keda.sh": "@kubernetes-models/keda",
             "monitoring.coreos.com": "@kubernetes-models/prometheus-operator"}
_OPTIONS = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext",
            "--moduleResolution", "bundler", "--pretty", "false"]
_ERROR = re.compile(r"objects-\w+\.ts\((\d+),\d+\): error TS(\d+): (.*)")


def module_of(api_version: str, kind: str) -> tuple[str, str]:
    """Where the type is and what it is called."""
    group, slash, version = api_version.rpartition("/")
    if group in _PACKAGES:
        return f"{_PACKAGES[group]}/{group}/{version}", f"I{kind}"
    return f"kubernetes-types/{group.split('.')[0] if slash else 'core'}/{version}", kind


class _Source:
    """The literals, and of each line what it is about."""

    def __init__(self):
        self.lines: list[str] = []
        self.about: list[str] = []

    def add(self, line: str, about: str) -> None:
        self.lines.append(line)
        self.about.append(about)

    def literal(self, value, head: str, tail: str, entry: Object, path: str) -> None:
        about = entry.at(path) if path else f"{entry.origin}: {entry.kind} {entry.name}"
        if isinstance(value, dict) and value:
            self.add(f"{head}{{", about)
            for key, inner in value.items():
                # Without quotes, where it can be: the compiler then says what was meant.
                word = key if re.fullmatch(r"[a-zA-Z]\w*", str(key)) else json.dumps(str(key))
                self.literal(inner, f"{word}: ", ",", entry,
                             f"{path}.{key}" if path else str(key))
            self.add(f"}}{tail}", about)
        elif isinstance(value, list) and value:
            self.add(f"{head}[", about)
            for number, inner in enumerate(value):
                self.literal(inner, "", ",", entry, f"{path}[{number}]")
            self.add(f"]{tail}", about)
        else:
            self.add(f"{head}{json.dumps(value)}{tail}", about)


def _source(renders: list[Render]) -> _Source:
    source = _Source()
    seen = set()
    for render in renders:
        for entry in render.objects:
            text = json.dumps([entry.origin, entry.data], sort_keys=True)
            if text in seen:  # the base of every overlay
                continue
            seen.add(text)
            module, name = module_of(entry.data.get("apiVersion", "?"), entry.kind)
            number = len(seen)
            source.add(f"import type {{{name} as T{number}}} from {json.dumps(module)};",
                       entry.at("apiVersion, kind"))
            source.literal(entry.data, f"export const o{number}: T{number} = ", ";", entry, "")
    return source


def _plain(code: str, message: str) -> str:
    unknown = re.match(r"Object literal may only specify known properties, (?:and|but) '.*?' does "
                       r"not exist in type .*?(?:\. Did you mean to write (.*))?$", message)
    if unknown:
        return f"unknown field; did you mean {unknown[1]}" if unknown[1] else "unknown field"
    if code in ("2307", "2305", "2724"):
        return "there is no such kind in this version of this group"
    return message


def check(renders: list[Render], packages: Path) -> list[str]:
    """`packages` has node_modules. The findings, each with file, object and field."""
    source = _source(renders)
    with tempfile.NamedTemporaryFile("w", dir=packages, prefix="objects-", suffix=".ts",
                                     encoding="utf-8") as file:
        file.write("\n".join(source.lines) + "\n")
        file.flush()
        done = subprocess.run(["node", packages / "node_modules/typescript/bin/tsc", *_OPTIONS,
                               file.name], cwd=packages, text=True, capture_output=True,
                              check=False, timeout=300)
    findings = []
    for line in done.stdout.splitlines():
        if found := _ERROR.match(line):
            findings.append(f"{source.about[int(found[1]) - 1]}: {_plain(found[2], found[3])}")
        elif line and not line.startswith(" "):
            raise Failure(f"the type check itself fails: {line}")
    if done.returncode != 0 and not findings:
        raise Failure(f"the type check itself fails: {(done.stderr or done.stdout).strip()[:500]}")
    return findings
