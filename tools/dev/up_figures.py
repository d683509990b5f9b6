"""What a pool's operator wants to know, out of what its processes count."""

from collections import deque
from dataclasses import dataclass, field

from up_scrape import Totals

# The metrics that ./dev up reads.
SHARES = "adit_gateway_shares_total"                 # {result, reason}
DIFFICULTY_SUM = "adit_gateway_accepted_difficulty_total"  # of all accepted shares
CHANNELS = "adit_gateway_channels"
BLOCKS = "adit_template_blocks_total"                # {stage}
NETWORK_DIFFICULTY = "adit_template_network_difficulty"
COUNTERS_BY_ANOTHER_NAME = frozenset({DIFFICULTY_SUM})

HASHES_PER_DIFFICULTY = 2**32
RATE_OVER_S = 30.0


@dataclass(frozen=True)
class Figures:
    shares_accepted: int = 0
    shares_rejected: dict[str, int] = field(default_factory=dict)
    blocks_found: int = 0
    blocks_accepted: int = 0
    channels: int = 0
    share_difficulty: float | None = None    # of an accepted share, on average
    network_difficulty: float | None = None
    hashrate_hps: float = 0.0


class Reader:
    """Figures from totals; keeps what a rate needs, and the most channels that were ever open."""

    def __init__(self):
        self._sums: deque[tuple[float, float]] = deque()
        self._channels_max = 0

    def read(self, totals: Totals, now: float) -> Figures:
        difficulty_sum = totals.sum(DIFFICULTY_SUM)
        self._sums.append((now, difficulty_sum))
        while now - self._sums[0][0] > RATE_OVER_S:
            self._sums.popleft()
        since, before = self._sums[0]
        rate = (difficulty_sum - before) / (now - since) if now > since else 0.0
        channels = int(totals.gauge(CHANNELS) or 0)
        self._channels_max = max(self._channels_max, channels)
        accepted = int(totals.sum(SHARES, result="accepted"))
        return Figures(
            shares_accepted=accepted,
            shares_rejected=totals.by_label(SHARES, "reason", result="rejected"),
            # Every template replica is given every block.
            blocks_found=int(totals.most(BLOCKS, stage="found")),
            blocks_accepted=int(totals.most(BLOCKS, stage="accepted")),
            channels=channels,
            share_difficulty=difficulty_sum / accepted if accepted else None,
            network_difficulty=totals.highest(NETWORK_DIFFICULTY),
            hashrate_hps=rate * HASHES_PER_DIFFICULTY)

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
                "hashrate_hps": round(totals.sum(DIFFICULTY_SUM) * HASHES_PER_DIFFICULTY
                                      / elapsed_s) if elapsed_s > 0 else 0}
