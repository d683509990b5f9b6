"""What the tests of metrics, rules and dashboards share: where things are, promtool, and the names
that an expression uses."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
DASHBOARDS = sorted((FOLDER / "grafana").glob("*.json"))
SKIPPED = 77

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_OF_NAME = re.compile(r'__name__\s*=~\s*"([^"]*)"')
_HISTOGRAM = re.compile(r"_(bucket|count|sum)$")


def need_promtool() -> None:
    """Ends the test as skipped where there is none."""
    if shutil.which("promtool") is None:
        print("skipped: no promtool (apt-get install prometheus)")
        sys.exit(SKIPPED)


def promtool(*arguments, text: str | None = None) -> tuple[int, str]:
    """Its exit status, and what it said."""
    done = subprocess.run(["promtool", *map(str, arguments)], input=text, capture_output=True,
                          text=True, timeout=100, check=False)
    return done.returncode, done.stdout + done.stderr


def metrics_of(expression: str) -> set[str]:
    """The metrics and recorded series that it names; of a histogram's series, the histogram."""
    return {_HISTOGRAM.sub("", name) if name.startswith("adit_") else name
            for name in _NAME.findall(_STRING.sub("", expression))
            if name.startswith(("adit_", "adit:"))}


def patterns_of(expression: str) -> set[str]:
    """The regular expressions by which it selects names."""
    return set(_OF_NAME.findall(expression))


def panels(path: Path) -> list[dict]:
    """Of a dashboard, without the heads of its sections."""
    return [panel for panel in json.loads(path.read_text())["panels"] if panel["type"] != "row"]


def dashboard_expressions() -> list[str]:
    """Of every panel and annotation of every dashboard."""
    return [target["expr"] for path in DASHBOARDS for panel in panels(path)
            for target in panel["targets"]] \
        + [annotation["expr"] for path in DASHBOARDS
           for annotation in json.loads(path.read_text())["annotations"]["list"]]


def load_rules() -> list[dict]:
    """Every rule, alert or record, of every file."""
    import yaml  # after need_promtool(): a machine that has one has both

    return [rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"]
            for rule in group["rules"]]
