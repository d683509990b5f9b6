"""The tables of ./dev bench peers, and docs/peers.md."""

from dataclasses import dataclass, field

from bench_peers_pools import Peer
from bench_peers_runs import IN_FLIGHT, RATE_MAX, Found


@dataclass(frozen=True)
class Figure:
    name: str
    text: str
    digits: int
    more_is_better: bool


FIGURES = [
    Figure("shares_s", f"shares a second, {IN_FLIGHT} in flight", 0, True),
    Figure("ack_p50_ms", "answer at {rate}/s, p50, ms", 2, False),
    Figure("ack_p99_ms", "answer at {rate}/s, p99, ms", 2, False),
    Figure("first_ms", "new block to first miner, p50, ms", 1, False),
    Figure("last_ms", "new block to last miner, p50, ms", 1, False),
    Figure("connects_s", "miners let in a second, all at once", 0, True),
    Figure("idle_kib", "memory of an idle miner, KiB", 1, False),
]


@dataclass
class Row:
    """A peer and ours with so many connections."""

    peer: Peer
    miners: int
    rate: float | None = None
    found: dict[str, Found] = field(default_factory=lambda: {"ours": Found(), "theirs": Found()})

    def ratio(self, figure: Figure) -> float | None:
        """How much better ours is; below 1 where theirs is."""
        ours, theirs = (self.found[side].median(figure.name) for side in ("ours", "theirs"))
        if not ours or not theirs or ours < 0 or theirs < 0:
            return None
        return ours / theirs if figure.more_is_better else theirs / ours

    def text_of(self, figure: Figure) -> str:
        return figure.text.format(rate=f"{self.rate:,.0f}" if self.rate else "?")


def number(value: float | None, figure: Figure) -> str:
    return "-" if value is None else f"{value:,.{figure.digits}f}"


def ratio_text(ratio: float | None) -> str:
    if ratio is None:
        return "-"
    if 0.95 <= ratio <= 1.05:
        return "even"
    return f"{ratio:.1f}x ours" if ratio > 1 else f"{1 / ratio:.1f}x theirs"


def cells(row: Row) -> list[tuple[str, str, str, str]]:
    return [(row.text_of(figure), number(row.found["ours"].median(figure.name), figure),
             number(row.found["theirs"].median(figure.name), figure),
             ratio_text(row.ratio(figure)))
            for figure in FIGURES
            if any(row.found[side].median(figure.name) is not None for side in row.found)]


def table(row: Row) -> list[str]:
    """For a terminal."""
    lines = [f"{row.peer.name}, {row.miners:,} connections", f"{'':38} {'ours':>10} "
             f"{row.peer.name:>14} {'ahead':>14}"]
    lines += [f"{what:38} {ours:>10} {theirs:>14} {ratio:>14}"
              for what, ours, theirs, ratio in cells(row)]
    return lines + [f"   {side}: {why}" for side, found in row.found.items()
                    for why in found.missing]


def behind(rows: list[Row]) -> list[str]:
    """Where others are ahead."""
    return [f"{row.text_of(figure)} with {row.miners:,} connections: {row.peer.name}, "
            f"{1 / ratio:.1f} times"
            for row in rows for figure in FIGURES
            if (ratio := row.ratio(figure)) is not None and ratio < 0.95]


def summary(rows: list[Row]) -> str:
    ratios = [ratio for row in rows for figure in FIGURES
              if (ratio := row.ratio(figure)) is not None]
    ahead = sum(ratio > 1.05 for ratio in ratios)
    lost = behind(rows)
    return (f"peers: ahead in {ahead} of {len(ratios)} figures"
            + (f"; behind: {'; '.join(lost)}" if lost else ""))


INTRODUCTION = """# Our pool next to others

Written by `./dev bench peers --write`{quick}. The same load generator drives our pool and pools of others in turns, on
one machine, on one regtest node of Bitcoin Core, and the figures of each are printed next to each other with who is ahead.
Nothing of theirs is part of this repository: their programs are named in the environment, and what is not named is skipped.

{about}

## What is measured

- Every pool is set to the easiest target that it has, so that nearly every hash is a share and the load generator's own
  hashing does not count; no share solves a block (`adit-loadgen --avoid-blocks`), since on regtest every second hash would.
- **Shares a second**: a closed loop; each miner has {in_flight} shares without an answer and submits as fast as answers come.
- **Answer**: an open loop at half of what the slower pool takes, at most {rate_max:,} shares a second in all; a share waits from its moment
  on, however late it leaves.
- **New block**: from the node's `hashblock` announcement to the first and to the last of all miners having a job on it; blocks
  are empty, and so is the mempool.
- **Let in**: all miners connect at once; their number by the time until the last one has work.
- **Memory**: what anonymous memory of all of a pool's processes grew by, for each idle miner that has work.

The load generator, the node and the pool share the machine's cores: whatever one takes the others lack. Absolute figures are those of
this machine under this load; ratios are what to read.
"""

GUARANTEES = """
## What is not comparable

- An acknowledged share of ours is in an append-only file that Redis has fsynced (`appendfsync always`), and no second gateway or worker can
  credit it again; the others acknowledge from memory, and lose what they have not written when they are killed. Our figures
  include that write.
- Ours is a set of processes of which each can be killed and replaced while miners work; the others are one process. Ours therefore
  hands each share from process to process.
"""


def document(rows: list[Row], about: list[str], is_quick: bool, skipped: list[str]) -> str:
    text = INTRODUCTION.format(quick=" with `--quick`" if is_quick else "", in_flight=IN_FLIGHT,
                               rate_max=RATE_MAX, about="\n".join(f"- {line}" for line in about))
    names = list(dict.fromkeys(row.peer.name for row in rows))
    for name in names:
        own = [row for row in rows if row.peer.name == name]
        peer = own[0].peer
        text += (f"\n## {name}\n\n{peer.version()}; ours: {peer.our_name}.\n\n{peer.differs}\n")
        for row in own:
            text += (f"\n| {row.miners:,} connections | ours | {name} | ahead |\n"
                     "|---|---:|---:|---|\n")
            text += "".join(f"| {' | '.join(line)} |\n" for line in cells(row))
            text += "".join(f"\n{side}: {why}\n" for side, found in row.found.items()
                            for why in found.missing)
    text += "".join(f"\n## {name}\n\nNot in this run: its program was not named.\n"
                    for name in skipped)
    lost = behind(rows)
    text += "\n## Where others are ahead\n\n"
    text += "".join(f"- {line}\n" for line in lost) or "Nowhere in this run.\n"
    text += GUARANTEES
    text += "".join(f"- {differs}\n" for differs in dict.fromkeys(row.peer.differs for row in rows))
    return text + COMMANDS


COMMANDS = """
## To repeat it

```
ADIT_PEER_SRI_POOL=.../pool_sv2 ADIT_PEER_CKPOOL=.../ckpool ADIT_PEER_DATUM=.../datum_gateway \\
ADIT_BITCOIN_NODE=.../bitcoin-node ADIT_SV2_TP=.../sv2-tp ./dev bench peers [--quick] [--write]
```

Each program is optional. `ADIT_PEER_..._VERSION` says what a program is that does not say it. pool_sv2 takes its templates from the
template provider that `ADIT_SV2_TP` names, else from the node's own IPC.
"""
