#!/usr/bin/env python3
"""Writes deploy/kubernetes/components/monitoring/prometheus-rule.yaml: the rules of
deploy/monitoring/rules as the object that the Prometheus operator reads. Kustomize cannot take them
out of those files. With --check it only says whether the file is what it would write."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "monitoring" / "rules"
FILE = ROOT / "deploy" / "kubernetes" / "components" / "monitoring" / "prometheus-rule.yaml"
HEAD = """# Written by tools/monitoring/prometheus_rule.py out of deploy/monitoring/rules: change it there.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: adit
spec:
  groups:
"""


def groups(text: str) -> str:
    """The list below "groups:", as it stands, with its comments."""
    head, found, rest = text.partition("\ngroups:\n")
    if not found or any(line and not line.startswith("#") for line in head.splitlines()):
        raise SystemExit("a file of rules begins with comments and has `groups:` alone")
    return "".join(f"  {line}\n" if line else "\n" for line in rest.rstrip("\n").split("\n"))


def rule() -> str:
    files = sorted(RULES.glob("*.yml"), reverse=True)  # records first: alerts stand on them
    return HEAD + "\n".join(groups(file.read_text(encoding="utf-8")) for file in files)


def main() -> None:
    if sys.argv[1:] not in ([], ["--check"]):
        raise SystemExit(__doc__)
    if not sys.argv[1:]:
        FILE.write_text(rule(), encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != rule():
        raise SystemExit(f"{FILE.relative_to(ROOT)} is not what deploy/monitoring/rules says; cure: "
                         "tools/monitoring/prometheus_rule.py")


if __name__ == "__main__":
    main()
