"""Reading what the processes say of themselves: /metrics, /readyz, and counters over restarts."""

import http.client
import re
import socket

Series = tuple[str, tuple[tuple[str, str], ...]]  # a metric's name and its labels, sorted

_LINE = re.compile(r'^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)')
_LABEL = re.compile(r'(\w+)="((?:\\.|[^"\\])*)"')


def parse_metrics(text: str) -> dict[Series, float]:
    """The samples of Prometheus' text format."""
    samples = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if not match or line.startswith("#"):
            continue
        labels = tuple(sorted((name, re.sub(r'\\(.)', lambda m: "\n" if m[1] == "n" else m[1], value))
                              for name, value in _LABEL.findall(match.group(2) or "")))
        try:
            samples[match.group(1), labels] = float(match.group(3))
        except ValueError:
            continue
    return samples


HOST = "127.0.0.1"


def get(port: int, path: str, timeout_s: float = 1.0, host: str = HOST) -> tuple[int, str] | None:
    """Status and body; none if nobody answers in time."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def listens(port: int, host: str = HOST) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def redis_answers(port: int, host: str = HOST) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


class Totals:
    """What the processes have counted since the pool started, over their restarts: a counter that
    went down started again at zero."""

    def __init__(self, also: frozenset[str] = frozenset()):
        """`also` names counters that do not end in _total."""
        self._also = also
        self._last: dict[str, dict[Series, float]] = {}
        self._sums: dict[Series, float] = {}
        self._of_process: dict[tuple[str, Series], float] = {}

    def observe(self, process: str, samples: dict[Series, float]) -> None:
        last = self._last.get(process, {})
        for series, value in samples.items():
            if not series[0].endswith("_total") and series[0] not in self._also:
                continue
            before = last.get(series, 0.0)
            more = value - before if value >= before else value
            self._sums[series] = self._sums.get(series, 0.0) + more
            self._of_process[process, series] = self._of_process.get((process, series), 0.0) + more
        self._last[process] = samples

    def restarted(self, process: str) -> None:
        """The process is a new one: all that it counts from now on is new."""
        self._last.pop(process, None)

    def sum(self, name: str, **wanted: str) -> float:
        """Of all series of this name that have the wanted labels."""
        return sum(value for _, value in self._matching(name, wanted))

    def most(self, name: str, **wanted: str) -> float:
        """The sum of the process that counted most: where each of them counts the same."""
        sums: dict[str, float] = {}
        for (process, (found, labels)), value in self._of_process.items():
            if found == name and wanted.items() <= dict(labels).items():
                sums[process] = sums.get(process, 0.0) + value
        return max(sums.values(), default=0.0)

    def by_label(self, name: str, label: str, **wanted: str) -> dict[str, int]:
        """The same, apart by the values of one label; without those that are zero."""
        found: dict[str, int] = {}
        for labels, value in self._matching(name, wanted):
            if value:
                key = labels.get(label, "other")
                found[key] = found.get(key, 0) + int(value)
        return dict(sorted(found.items()))

    def _matching(self, name: str, wanted: dict[str, str]):
        for (metric, pairs), value in self._sums.items():
            labels = dict(pairs)
            if metric == name and all(labels.get(key) == text for key, text in wanted.items()):
                yield labels, value

    def gauge(self, name: str) -> float | None:
        """The sum over the processes that live; none where nobody has it."""
        values = self._gauges(name)
        return sum(values) if values else None

    def highest(self, name: str) -> float | None:
        """The same where each of them says the same."""
        return max(self._gauges(name), default=None)

    def _gauges(self, name: str) -> list[float]:
        return [value for samples in self._last.values()
                for (metric, _), value in samples.items() if metric == name]
