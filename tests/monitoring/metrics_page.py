"""docs/metrics.md, made of what the services say themselves."""

import re
from dataclasses import dataclass

HEAD = """# Metrics

What every service exports at `http://…/metrics`, in the words of the services themselves: this page
is written, and compared, by `tests/monitoring/metrics_test.py`, which scrapes a whole pool. What the
numbers mean for an operator, and what to do, is in the [runbook](runbook.md); rules, alerts and
dashboards are in [deploy/monitoring](../deploy/monitoring/README.md).

No label is chosen by a stranger and none names a miner, a channel or a connection: whatever
connects, the number of series stays what it is. Of one worker or channel `aditctl` tells.
`adit_queue_*` speak of every bounded queue in the same words; what the queues are and what happens
when they are full stands in [ARCHITECTURE.md](../ARCHITECTURE.md#queues).
"""

_HELP = re.compile(r"# HELP (\w+) (.*)")
_TYPE = re.compile(r"# TYPE (\w+) (\w+)")


@dataclass(frozen=True, order=True)
class Entry:
    name: str
    type: str
    help: str


def read(scrape: str) -> list[Entry]:
    """The metrics of one process, those without a series so far, too."""
    helps = dict(_HELP.findall(scrape))
    return [Entry(name, kind, helps.get(name, "")) for name, kind in _TYPE.findall(scrape)]


def table(entries: set[Entry]) -> str:
    lines = ["| metric | type | what |", "|---|---|---|"]
    lines += [f"| `{entry.name}` | {entry.type} | {entry.help.rstrip('.')} |"
              for entry in sorted(entries)]
    return "\n".join(lines) + "\n"


def render(scrapes: dict[str, list[str]]) -> str:
    """The page; `scrapes` are those of each service's processes. Without labels: which of a bounded
    set have been seen depends on the moment."""
    services = {service: {entry for text in texts for entry in read(text)}
                for service, texts in scrapes.items()}
    shared = {entry for entries in services.values() for entry in entries
              if sum(entry in others for others in services.values()) > 1}
    page = HEAD + "\n## Several services\n\n" + table(shared)
    for service, entries in services.items():
        page += f"\n## {service}\n\n" + table(entries - shared)
    return page
