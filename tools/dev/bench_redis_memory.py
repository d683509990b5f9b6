"""./dev bench redis-memory: what 100,000 channels keep in Redis over one block interval."""

import subprocess
from dataclasses import dataclass

import cmake
from console import Failure, say

PROGRAM = "redis_memory"
# What ./dev build has built already: it is optimised, and Redis' heap does not depend on how far.
PRESET = "dev"
CHANNELS = 100_000
# 6 a minute for ten minutes.
SHARES_OF_CHANNEL = 60
BUDGET_MB = 150
# The sets of shares, one a bucket, cost as much however few shares they hold.
BUDGET_OF_A_TENTH_MB = 18


@dataclass(frozen=True)
class Case:
    what: str
    account_size: int


# Each channel is its own account and has a worker's name: no pool has more names to sum up.
CASES = [
    Case("accounts are addresses of 42 characters", 42),
    Case("solo miners with taproot addresses of 62", 62),
]


def command(program, case: Case, is_quick: bool) -> list[str]:
    channels, budget = (CHANNELS // 10, BUDGET_OF_A_TENTH_MB) if is_quick else (CHANNELS, BUDGET_MB)
    return [str(program), "--channels", str(channels), "--shares-each", str(SHARES_OF_CHANNEL),
            "--account-size", str(case.account_size), "--budget", str(budget)]


def bench(is_quick: bool) -> str:
    say(cmake.build(PRESET, PROGRAM))
    over = []
    for case in CASES:
        say(f"{case.what}:")
        done = subprocess.run(command(cmake.folder(PRESET) / "bin" / PROGRAM, case, is_quick),
                              text=True, check=False, stdin=subprocess.DEVNULL,
                              capture_output=True)
        say(done.stdout.rstrip())
        if done.returncode not in (0, 1):
            raise Failure(f"{PROGRAM} ended with status {done.returncode}: {done.stderr[-300:]}")
        if done.returncode == 1:
            over.append(case.what)
    if over:
        raise Failure(f"Redis needs more memory than its budget where {'; '.join(over)}")
    return f"Redis stays within its memory, {len(CASES)} kinds of identities"
