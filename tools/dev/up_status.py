"""The live status: a block that is redrawn on a terminal, a line now and then elsewhere."""

import shutil
import sys

import duration
from console import is_terminal, say
from up_child import Child
from up_figures import Figures

PLAIN_EVERY_S = 10.0


def with_unit(value: float, unit: str) -> str:
    for prefix in ("", "k", "M", "G", "T", "P"):
        if abs(value) < 1000:
            return f"{value:.3g} {prefix}{unit}"
        value /= 1000
    return f"{value:.3g} E{unit}"


def rejected_text(rejected: dict[str, int]) -> str:
    if not rejected:
        return "0 rejected"
    reasons = ", ".join(f"{reason} {count}" for reason, count in rejected.items())
    return f"{sum(rejected.values())} rejected ({reasons})"


def _difficulty_text(figures: Figures) -> str:
    parts = [f"{what} {value:.3g}" for what, value in
             (("share", figures.share_difficulty), ("network", figures.network_difficulty))
             if value is not None]
    return ", ".join(parts) or "unknown"


def block_lines(title: str, figures: Figures, children: list[Child]) -> list[str]:
    lines = [
        title,
        f"  hashrate    {with_unit(figures.hashrate_hps, 'H/s')}",
        f"  shares      {figures.shares_accepted} accepted, "
        f"{rejected_text(figures.shares_rejected)}",
        f"  difficulty  {_difficulty_text(figures)}",
        f"  blocks      {figures.blocks_found} found, {figures.blocks_accepted} accepted",
        f"  channels    {figures.channels}",
    ]
    for child in children:
        restarts = f", {child.restarts} restarts" if child.restarts else ""
        lines.append(f"  {child.spec.name:19} {child.state} (pid {child.pid or '-'}{restarts})")
    return lines


def plain_line(elapsed_s: float, figures: Figures, children: list[Child]) -> str:
    unready = [f"{child.spec.name} ({child.state})" for child in children if child.state != "ready"]
    return (f"{duration.clock(elapsed_s)} hashrate {with_unit(figures.hashrate_hps, 'H/s')}; "
            f"shares {figures.shares_accepted} accepted, {rejected_text(figures.shares_rejected)}; "
            f"blocks {figures.blocks_found} found, {figures.blocks_accepted} accepted; "
            f"difficulty {_difficulty_text(figures)}; channels {figures.channels}; "
            + ("all ready" if not unready else "not ready: " + ", ".join(unready)))


class Status:
    """Draws the status, and lets single lines pass above it."""

    def __init__(self):
        self._drawn = 0
        self._next_plain_s = 0.0

    def clear(self) -> None:
        if self._drawn:
            sys.stdout.write(f"\x1b[{self._drawn}A\x1b[J")
            sys.stdout.flush()
            self._drawn = 0

    def tell(self, line: str) -> None:
        self.clear()
        say(line)

    def show(self, title: str, elapsed_s: float, figures: Figures, children: list[Child]) -> None:
        if is_terminal():
            width = shutil.get_terminal_size().columns - 1
            lines = [line[:width] for line in block_lines(title, figures, children)]
            self.clear()
            say("\n".join(lines))
            self._drawn = len(lines)
        elif elapsed_s >= self._next_plain_s:
            self._next_plain_s = elapsed_s + PLAIN_EVERY_S
            say(plain_line(elapsed_s, figures, children))
