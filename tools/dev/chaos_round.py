"""One round of ./dev chaos: load, a fault, what it cost, and whether the ledger is true then."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from chaos_fault import Fault
from chaos_journal import Block, longest
from chaos_miners import Miner
from chaos_pool import Pool
from chaos_watch import Watch
from console import Failure

# Before the fault: the load is steady, and what a pause is without a fault is measured.
QUIET_MIN_S, QUIET_MAX_S = 1.0, 3.0
# A pause that begins so long after the fault is not the fault's.
SPAN_S = 4.0
# A block that a miner was answered: then some node has it. One that was away is back by then.
BLOCKS_WITHIN_S = 30.0
# By a gateway's job book: the tip and the two before it.
TIPS_REMEMBERED = 3
# What an honest miner may be told of a share: it was under way when the tip changed.
HONEST_REJECTIONS = {"stale-share"}


@dataclass
class Round:
    victim: str = ""
    said: str = ""  # what else was measured
    shares: int = 0
    blocks: int = 0  # found, answered, and seen at the node
    seconds: float = 0.0
    pause_s: float = 0.0  # the longest that any share or miner waited for an answer, around the fault
    quiet_s: float = 0.0  # the same before it
    excused_s: float = 0.0  # of the pause, what is not the pool's
    named_s: float | None = None  # until the pool itself had named what stands still
    problems: list[str] = field(default_factory=list)
    auditor: str = ""
    logs: Path | None = None  # where they have been kept


def run_round(pool: Pool, fault: Fault) -> Round:
    """Whatever goes wrong is in `problems`."""
    result = Round()
    started = time.monotonic()
    try:
        _disturb(pool, fault, result)
        _check_blocks(pool, fault, result)
        is_clean, said = pool.audit()
        result.auditor = said.strip().splitlines()[-1] if said.strip() else "said nothing"
        if not is_clean:
            result.problems.append(result.auditor)
    except Failure as failure:
        result.problems.append(str(failure))
    result.seconds = time.monotonic() - started
    return result


def _now_us() -> int:
    return time.time_ns() // 1000


def _disturb(pool: Pool, fault: Fault, result: Round) -> None:
    pool.miners.start()
    pool.miners.wait_for_answers(0)
    quiet_from = _now_us()
    time.sleep(fault.chance.uniform(QUIET_MIN_S, QUIET_MAX_S))
    struck_at = _now_us()
    fault.strike(pool)
    result.victim = fault.victim
    watch = Watch(pool, fault.is_named_by) if fault.named_as else None
    if watch:
        watch.start()
    try:
        fault.heal(pool)
    finally:
        if watch:
            result.named_s = watch.stop().took_s
    if watch and result.named_s is None:
        result.problems.append(f"nobody has named {fault.victim}: {', '.join(fault.named_as)}")
    result.victim, result.said = fault.victim, fault.said
    pool.wait_until(pool.is_whole, f"{fault.victim} to be back")
    until = max(_now_us(), struck_at + int(SPAN_S * 1e6))
    pool.miners.wait_for_answers(until)
    result.excused_s = fault.excused_s(pool)
    pool.check_living()
    pool.miners.stop()

    tails = [miner.tail for miner in pool.miners.all]
    result.shares = pool.miners.shares
    result.quiet_s = max(longest(tail.gaps_touching(quiet_from, struck_at)[:-1])
                         for tail in tails)
    # Who is answered little by little never goes long without an answer, and each of its shares may.
    result.pause_s = max(longest(tail.gaps_touching(struck_at, until)
                                 + tail.waits_touching(struck_at, until)) for tail in tails)
    _check_miners(pool, fault, result)


def _check_blocks(pool: Pool, fault: Fault, result: Round) -> None:
    """I6, by the miners' journals and the node alone."""
    if pool.node is None:
        return
    answered = {block.hash: (block, miner) for miner in pool.miners.all
                for block in miner.tail.answered_blocks()}
    result.blocks = len(answered)
    missing = {block: miner.name for block, (_, miner) in answered.items()}
    deadline = time.monotonic() + BLOCKS_WITHIN_S
    while True:
        missing = {block: miner for block, miner in missing.items()
                   if not pool.node.has(block) and not _has_lost(pool, *answered[block])}
        if not missing or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    result.problems += [f"I6 the block {block} of {miner} was answered and is not at the node"
                        for block, miner in missing.items() if not fault.may_refuse(pool, block)]


def _has_lost(pool: Pool, block: Block, miner: Miner) -> bool:
    """Refused as too late, three tips after the one that it builds on: of those a gateway has forgotten
    the jobs, and no such block could win any more."""
    return (miner.tail.is_refused(block)
            and pool.node.confirmations(block.parent) > TIPS_REMEMBERED)


def _check_miners(pool: Pool, fault: Fault, result: Round) -> None:
    for miner in pool.miners.all:
        tail = miner.tail
        if tail.losses and not fault.may_disconnect(miner):
            result.problems.append(f"{miner.name} lost its connection {tail.losses} times, and "
                                   f"{fault.victim} is not its gateway")
        strange = {code: count for code, count in tail.rejected.items()
                   if code not in HONEST_REJECTIONS}
        if strange:
            result.problems.append(f"{miner.name} was told " + ", ".join(
                f"{code} {count} times" for code, count in strange.items()))
