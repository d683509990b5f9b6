"""What a template service streams, for tests."""

import json
from pathlib import Path

from processes import Process, Service, wait_until


class Watch(Process):
    """Every template that the service streams, in order."""

    def __init__(self, probe: Path, service: Service, folder: Path):
        log = folder / "templates.json"
        log.unlink(missing_ok=True)
        super().__init__([str(probe), service.grpc, "watch"], log)
        self.start()
        wait_until(self.seen, "a template")

    def seen(self) -> list[dict]:
        lines = self.text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def of_tip(self, tip: str) -> list[dict]:
        return [each for each in self.seen() if each["prev_hash"] == tip]

    def wait_for(self, tip: str, count: int = 1, patience: float = 20) -> list[dict]:
        return wait_until(lambda: len(found := self.of_tip(tip)) >= count and found,
                          f"{count} templates on {tip}; {self.seen()[-5:]}", patience)
