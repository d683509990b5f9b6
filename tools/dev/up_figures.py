"""What a pool's operator wants to know, out of what its processes count."""

from collections import deque
from dataclasses import dataclass, field

from up_scrape import Totals

# The metrics that ./dev up reads.
ACCEPTED = "adit_gateway_shares_accepted_total"
REJECTED = "adit_gateway_shares_rejected_total"  # {reason}
WORK = "adit_gateway_work_total"                 # expected hashes of the accepted shares
CHANNELS = "adit_gateway_channels"
DIFFICULTY = "adit_template_network_difficulty"
FOUND = "adit_template_blocks_found_total"
BLOCKS = "adit_template_blocks_accepted_total"

RATE_OVER_S = 30.0


@dataclass(frozen=True)
class Figures:
    shares_accepted: int = 0
    shares_rejected: dict[str, int] = field(default_factory=dict)
    blocks_found: int = 0
    blocks_accepted: int = 0
    channels: int = 0
    difficulty: float | None = None
    hashrate_hps: float = 0.0


class Reader:
    """Figures from totals; keeps what a rate needs, and the most channels that were ever open."""

    def __init__(self):
        self._work: deque[tuple[float, float]] = deque()
        self._channels_max = 0

    def read(self, totals: Totals, now: float) -> Figures:
        work = totals.sum(WORK)
        self._work.append((now, work))
        while now - self._work[0][0] > RATE_OVER_S:
            self._work.popleft()
        since, before = self._work[0]
        channels = int(totals.gauge(CHANNELS) or 0)
        self._channels_max = max(self._channels_max, channels)
        return Figures(
            shares_accepted=int(totals.sum(ACCEPTED)),
            shares_rejected=totals.by_label(REJECTED, "reason"),
            blocks_found=int(totals.sum(FOUND)),
            blocks_accepted=int(totals.sum(BLOCKS)),
            channels=channels,
            difficulty=totals.gauge(DIFFICULTY),
            hashrate_hps=(work - before) / (now - since) if now > since else 0.0)

    def summary(self, totals: Totals, now: float, elapsed_s: float, restarts: int) -> dict:
        """The content of --summary. `channels` is the most that were open at once; the hashrate
        is that of the whole run."""
        figures = self.read(totals, now)
        return {"shares_accepted": figures.shares_accepted,
                "shares_rejected": figures.shares_rejected,
                "blocks_found": figures.blocks_found,
                "blocks_accepted": figures.blocks_accepted,
                "channels": self._channels_max,
                "restarts": restarts,
                "seconds": round(elapsed_s, 1),
                "hashrate_hps": round(totals.sum(WORK) / elapsed_s) if elapsed_s > 0 else 0}
