"""What ./dev chaos does to calendars: that of one process jumps, there and back, while it runs
(tests/clock). Its steady clock goes on."""

import time
from pathlib import Path

from chaos_fault import Fault
from chaos_pool import GATEWAYS, TEMPLATES, WORKERS, Pool

LIBRARY = "clock_shift.so"
MINUTE, HOUR = 60.0, 3600.0
# A share's time may be two hours ahead of the gateway's: further back, it must refuse honest ones.
JUMPS_S = (-100 * MINUTE, -10 * MINUTE, -MINUTE, MINUTE, 10 * MINUTE, 2 * HOUR, 5 * HOUR)


def library(binaries: Path) -> Path:
    return binaries.parent / "canary" / LIBRARY


class JumpClock(Fault):
    needs_clocks = True
    victims: tuple[str, ...] = ()
    stays_s = 3.0

    @staticmethod
    def missing(binaries: Path) -> str:
        return "" if library(binaries).exists() else f"there is no {library(binaries)}"

    def strike(self, pool: Pool) -> None:
        self.struck = [self.chance.choice(self.victims)]
        self._jumps = self.chance.sample(JUMPS_S, 2)
        self.said = "clock moved by " + ", then ".join(
            f"{jump / MINUTE:+.0f} min" for jump in self._jumps)
        pool.set_clock(self.struck[0], self._jumps[0])

    def heal(self, pool: Pool) -> None:
        time.sleep(self.stays_s)
        pool.set_clock(self.struck[0], self._jumps[1])
        time.sleep(self.stays_s)
        pool.set_clock(self.struck[0], 0)

    def may_disconnect(self, _) -> bool:
        return False


class JumpGateway(JumpClock):
    name = "clock-gateway"
    what = "a gateway's calendar jumps by minutes or hours, again after 3 s, and back"
    victims = GATEWAYS


class JumpWorker(JumpClock):
    name = "clock-worker"
    what = "a channel-manager's calendar does"
    victims = WORKERS


class JumpTemplate(JumpClock):
    name = "clock-template"
    what = "a template replica's calendar does"
    victims = TEMPLATES


class JumpVardiff(JumpClock):
    name = "clock-vardiff"
    what = "vardiff's calendar does"
    victims = ("vardiff",)


class JumpRedis(JumpClock):
    name = "clock-redis"
    what = "the calendar of Redis does, by which keys expire"
    victims = ("redis",)


CLOCK_KINDS = (JumpGateway, JumpWorker, JumpTemplate, JumpVardiff, JumpRedis)
