"""What a miner wrote down: adit-miner --journal."""

import json
from dataclasses import dataclass
from pathlib import Path

# The last one is an SV1 miner's.
ANSWERS = ("success", "error", "answer")


def read(path: Path) -> list[dict]:
    """All events. A last line that is not complete yet is left out."""
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True)
            if line.endswith("\n")]


def accepted(path: Path) -> int:
    """How many shares the miner was told are accepted."""
    return sum(event["count"] if event["event"] == "success" else event["result"]
               for event in read(path) if event["event"] in ("success", "answer"))


def accepted_hashes(path: Path) -> list[str]:
    """Of an SV1 miner: the hashes of the shares that it was told are accepted."""
    events = read(path)
    accepted_ids = {(event["connection"], event["request_id"]) for event in events
                    if event["event"] == "answer" and event["result"]}
    return [event["hash"] for event in events if event["event"] == "submit"
            and (event["connection"], event["request_id"]) in accepted_ids]


def refusals(path: Path) -> list[tuple[int | None, str]]:
    """Of an SV1 miner: code and text of each share that was refused."""
    return [(event["code"], event["text"]) for event in read(path)
            if event["event"] == "answer" and not event["result"]]


@dataclass(frozen=True)
class Gap:
    """A time without any answer, in microseconds of unix time."""

    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 1e6

    def touches(self, start: int, end: int) -> bool:
        return self.start < end and start < self.end


def gaps(path: Path) -> list[Gap]:
    """The times between successive answers to one miner."""
    answers = [event["time_us"] for event in read(path) if event["event"] in ANSWERS]
    return [Gap(*pair) for pair in zip(answers, answers[1:])]


def longest(all_gaps: list[Gap]) -> float:
    return max((gap.seconds for gap in all_gaps), default=0.0)
