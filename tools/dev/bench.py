"""./dev bench: measures what a pool does all day, next to the Rust reference libraries.

Rows are ours, what the libraries publish of themselves (on a machine of theirs), and, where cargo
is present, the same operations of the published libraries on this machine: both programs run in
turns, in CPU time, and the median counts. Ahead means faster than both. Some areas have no rival
but a bound: admin, how long an operator waits for a page of 100,000 channels; memory, what a
connection may cost a gateway, and redis-memory, what 100,000 channels and their shares of ten
minutes may cost Redis (minutes; with --quick a tenth of them). pool measures the whole pool against
its budgets: shares a second, CPU of each, acknowledgements, 100,000 channels, new blocks, 10,000
reconnections, handshakes, memory (some twelve minutes; with --quick two, fewer of them, and what was
missed twice more). rates has 1,000 connections submit 100 to 10,000 shares a second, and as many as
there are, to a whole pool on a disk, without and with a replica (a quarter of an hour; with --quick
three minutes).
micro times single operations of every library. vardiff simulates miners and compares
how targets follow them with other algorithms and with what is possible (minutes; with --quick a
tenth of them). peers has the same miners on our pool and, in turns, on pools of others whose
programs ADIT_PEER_SRI_POOL, ADIT_PEER_CKPOOL and ADIT_PEER_DATUM name, with ADIT_BITCOIN_NODE and,
where it is wanted, ADIT_SV2_TP (half an hour; with --quick five minutes). templates times new
blocks from a Bitcoin Core's announcement to 1,000 miners' sockets (minutes; ADIT_BITCOIND or the
PATH has the node). translator has 10,000 idle SV1 miners on one translator: what each costs, and
when a new block reaches them (minutes; with --quick a tenth of them).
"""

import argparse
import json
import re
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

import bench_admin
import bench_memory
import bench_peers
import bench_pool
import bench_rates
import bench_redis_memory
import bench_templates
import bench_translator
import bench_vardiff
import cargo
import children
import cmake
from console import Failure, is_terminal, run_verb, say

# Where there is a rival, both are built for speed; else what ./dev build has built already will do.
PRESET, USUAL_PRESET = "release", "dev"


@dataclass(frozen=True)
class Row:
    area: str
    what: str
    program: str
    ours: str
    theirs: str | None = None
    published_ns: float | None = None
    preset: str = PRESET


def own(area: str, what: str, program: str, ours: str) -> Row:
    """One that nobody else has."""
    return Row(area, what, program, ours, preset=USUAL_PRESET)


# Published: BENCHES.md of noise_sv2 2.0.0 and codec_sv2 7.0.0. Their handshakes find the ephemeral
# keys made, so they stand next to ours that do; a gateway makes its keys ahead while it is idle.
# Their encode and decode are of one byte, ours are of a share.
ROWS = [
    Row("noise", "handshake, both ends, keys made before", "noise_bench",
        "handshake_with_keys_made_ahead", "noise/handshake_keys_made", 317_410),
    Row("noise", "handshake, both ends, keys made in it", "noise_bench", "handshake",
        "noise/handshake"),
    Row("noise", "responder's handshake, key made before", "noise_bench",
        "responder_handshake_with_a_key_made_ahead", "noise/responder_step_1", 178_070),
    Row("noise", "responder's handshake, key made in it", "noise_bench", "responder_handshake",
        "noise/responder"),
    Row("noise", "seal and open a frame with a share", "noise_bench", "frame_round_trip/33",
        "noise/seal_open_share"),
    Row("noise", "64 bytes there and back", "noise_bench", "message_round_trip/64",
        "noise/round_trip_64", 5_203.7),
    Row("noise", "a share encoded, sealed, opened, decoded", "sealed_share_bench", "sealed_share",
        "noise/sealed_share"),
    Row("sv2", "encode SubmitSharesExtended", "sv2_bench", "encode_share_into_a_reused_buffer",
        "sv2/encode_share", 113.48),
    Row("sv2", "decode SubmitSharesExtended", "sv2_bench", "decode_share_from_a_stream",
        "sv2/decode_share", 43.8),
    Row("mining", "judge a share of a standard channel", "judge_bench", "judge_alone/standard"),
    Row("mining", "judge a share of an extended channel", "judge_bench", "judge_alone/extended"),
    Row("mining", "judge 16 shares of extended channels", "judge_bench",
        "judge_in_batches/extended/16"),
    Row("mining", "judge 256 shares of standard channels", "judge_bench",
        "judge_in_batches/standard/256"),
    Row("mining", "judge 256 shares of extended channels", "judge_bench",
        "judge_in_batches/extended/256"),
    Row("mining", "derive the coinbase of a template's jobs", "judge_bench", "derive_job"),
    own("bus", "build a batch, 256 shares of one channel", "bus_bench", "build_batch/1"),
    own("bus", "the same of 256 channels", "bus_bench", "build_batch/256"),
    own("bus", "encode a batch, 256 shares of one channel", "bus_bench", "encode_batch/1"),
    own("bus", "the same of 256 channels", "bus_bench", "encode_batch/256"),
    own("bus", "decode a batch, 256 shares of one channel", "bus_bench",
        "decode_batch_at_a_worker/1"),
    own("bus", "the same of 256 channels", "bus_bench", "decode_batch_at_a_worker/256"),
    own("bus", "dispatch 256 shares and take their verdicts, one channel", "bus_bench",
        "dispatch_batch/1"),
    own("bus", "the same of 256 channels", "bus_bench", "dispatch_batch/256"),
    own("gateway", "16 shares of a session there and back, one channel", "session_bench",
        "share_there_and_back/1"),
    own("gateway", "the same of 100 channels", "session_bench", "share_there_and_back/100"),
    own("gateway", "jobs of a new block for a connection, one channel", "session_bench",
        "jobs_of_a_new_block/1"),
    own("gateway", "the same of 100 channels", "session_bench", "jobs_of_a_new_block/100"),
    own("channel-manager", "from a batch's bytes to its commit, 1 share", "batch_bench",
        "batch_to_commit/1"),
    own("channel-manager", "the same, 256 shares", "batch_bench", "batch_to_commit/256"),
    own("ledger", "the commit's call of Redis, 1 share", "ledger_bench", "call_of_a_batch/1"),
    own("ledger", "the same, 256 shares", "ledger_bench", "call_of_a_batch/256"),
    own("retarget", "a share, and whether to change the target", "retarget_bench",
        "share_and_decision"),
    own("retarget", "a look at a channel without a share", "retarget_bench",
        "look_without_a_share"),
    own("sv1", "read, understand and answer a share", "sv1_bench", "read_and_answer_a_share"),
    own("sv1", "write a job", "sv1_bench", "write_a_job"),
]
NOTES = {"noise": "published for both ends without checking the certificate, which both columns "
                  "here do; theirs signs one for each connection, ours has it signed"}
BOUNDED = ["admin", "memory", "peers", "pool", "rates", "redis-memory", "templates", "translator",
           "vardiff"]
TIMED = list(dict.fromkeys(row.area for row in ROWS))
# All of those.
MICRO = "micro"
AREAS = TIMED + BOUNDED


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("areas", nargs="*", metavar="AREA", help=f"of {', '.join(AREAS)}; or "
                        f"{MICRO} for {', '.join(TIMED)}; default: all")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter repetitions")
    parser.add_argument("--write", action="store_true",
                        help="put what pool gave into docs/benchmarks.md, what vardiff gave into "
                        "docs/vardiff.md, and their charts; what peers gave into docs/peers.md")
    parser.add_argument("--check", action="store_true",
                        help="pool: also fail where a ratio to the hashing loop is worse than "
                        "tools/dev/bench_baseline.json has it (--quick always does)")
    parser.add_argument("--derive", action="store_true",
                        help="pool: raise the provisional budgets to what was measured")
    parser.add_argument("--last", action="store_true",
                        help="pool: measure nothing, take what the last run measured")
    arguments = parser.parse_args()
    if MICRO in arguments.areas:
        arguments.areas = TIMED + [area for area in arguments.areas if area != MICRO]
    unknown = set(arguments.areas) - set(AREAS)
    if unknown:
        parser.error(f"no area {', '.join(sorted(unknown))}; there are: {', '.join(AREAS)}")
    return arguments


def measure_ours(program: Path, names: list[str], seconds: float) -> dict[str, float]:
    """CPU nanoseconds of each benchmark."""
    wanted = "|".join(re.escape(name) for name in names)
    done = subprocess.run([program, f"--benchmark_filter=^({wanted})$", "--benchmark_format=json",
                           f"--benchmark_min_time={seconds}"], text=True, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise Failure(f"{program.name} ended with status {done.returncode}: {done.stderr[-300:]}")
    nanoseconds = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
    return {each["name"]: each["cpu_time"] * nanoseconds[each["time_unit"]]
            for each in json.loads(done.stdout)["benchmarks"]}


def measure_theirs(program: Path, names: list[str], seconds: float) -> dict[str, float]:
    done = subprocess.run([program, "1", str(seconds), *names], text=True, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise Failure(f"{program.name} ended with status {done.returncode}: {done.stderr[-300:]}")
    return {name: float(value) for name, value in
            (line.split("\t") for line in done.stdout.splitlines())}


def time_text(nanoseconds: float | None) -> str:
    if nanoseconds is None:
        return "-"
    if nanoseconds < 1000:
        return f"{nanoseconds:.1f} ns"
    return f"{nanoseconds / 1000:.2f} µs" if nanoseconds < 1e6 else f"{nanoseconds / 1e6:.2f} ms"


def ratio_text(ours: float, other: float | None) -> str:
    return "-" if other is None else f"{other / ours:.1f}x"


def table(rows: list[Row], ours: dict[str, float], theirs: dict[str, float]) -> list[str]:
    cells = [["", "ours", "published", "ratio", "theirs here", "ratio"]]
    for row in rows:
        own, other = ours[row.ours], theirs.get(row.theirs)
        cells.append([row.what, time_text(own), time_text(row.published_ns),
                      ratio_text(own, row.published_ns), time_text(other), ratio_text(own, other)])
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    return ["  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                      for i, (cell, width) in enumerate(zip(line, widths))) for line in cells]


def others(row: Row, theirs: dict[str, float]) -> list[float]:
    return [each for each in (row.published_ns, theirs.get(row.theirs)) if each is not None]


def behind(rows: list[Row], ours: dict[str, float], theirs: dict[str, float]) -> list[str]:
    return [row.what for row in rows
            if any(ours[row.ours] >= other for other in others(row, theirs))]


def bench(arguments: argparse.Namespace) -> str:
    areas = arguments.areas or AREAS
    results = []
    if not set(areas) <= set(BOUNDED):
        results.append(bench_time(areas, arguments.quick))
    if "admin" in areas:
        results.append(bench_admin.bench())
    if "memory" in areas:
        results.append(bench_memory.bench())
    if "peers" in areas:
        results.append(bench_peers.bench(arguments.quick, arguments.write))
    if "pool" in areas:
        results.append(bench_pool.bench(arguments))
    if "rates" in areas:
        results.append(bench_rates.bench(arguments.quick))
    if "redis-memory" in areas:
        results.append(bench_redis_memory.bench(arguments.quick))
    if "templates" in areas:
        results.append(bench_templates.bench(arguments.quick))
    if "translator" in areas:
        results.append(bench_translator.bench(arguments.quick))
    if "vardiff" in areas:
        results.append(bench_vardiff.bench(arguments.quick, arguments.write))
    return "; ".join(results)


def bench_time(areas: list[str], is_quick: bool) -> str:
    rows = [row for row in ROWS if row.area in areas]
    programs = list(dict.fromkeys((row.preset, row.program) for row in rows))
    for preset in dict.fromkeys(preset for preset, _ in programs):
        say(cmake.build(preset, *(program for of, program in programs if of == preset)))
    compared = [row.theirs for row in rows if row.theirs]
    sri = None
    if compared:
        why = cargo.missing()
        if why:
            say(f"the reference libraries here: skipped: {why}")
        else:
            sri = cargo.build_sri() / "sri-bench"

    rounds, seconds = (3, 0.05) if is_quick else (9, 0.2)
    own_runs, their_runs = {}, {}
    for number in range(rounds):
        if is_terminal():
            print(f"\r\x1b[Kround {number + 1} of {rounds}", end="", flush=True)
        for preset, program in programs:
            names = [row.ours for row in rows if row.program == program]
            for name, value in measure_ours(cmake.folder(preset) / "bin" / program, names,
                                            seconds).items():
                own_runs.setdefault(name, []).append(value)
        if sri:
            for name, value in measure_theirs(sri, compared, seconds).items():
                their_runs.setdefault(name, []).append(value)
    if is_terminal():
        print("\r\x1b[K", end="")
    ours = {name: statistics.median(values) for name, values in own_runs.items()}
    theirs = {name: statistics.median(values) for name, values in their_runs.items()}
    lost = [row.ours for row in rows if row.ours not in ours]
    if lost:
        raise Failure(f"no such benchmarks: {', '.join(lost)}")

    for line in table(rows, ours, theirs):
        say(line)
    for area, note in NOTES.items():
        if any(row.area == area for row in rows):
            say(note)
    if sri:
        known = cargo.versions()
        say("theirs: " + ", ".join(f"{name} {known.get(name, '?')}" for name in
                                   ("noise_sv2", "codec_sv2", "binary_sv2", "mining_sv2")))
    slower = behind(rows, ours, theirs)
    if slower:
        raise Failure(f"behind in {len(slower)} of {len(rows)} rows: {'; '.join(slower)}")
    compared_rows = [row for row in rows if others(row, theirs)]
    if not compared_rows:
        return f"measured, median of {rounds} rounds; there is nothing to compare with"
    least = min(compared_rows, key=lambda row: min(others(row, theirs)) / ours[row.ours])
    return (f"ahead in all {len(compared_rows)} rows that have something to compare, by "
            f"{min(others(least, theirs)) / ours[least.ours]:.1f}x at least ({least.what}), "
            f"median of {rounds} rounds")


def main() -> None:
    arguments = parse_arguments()
    children.adopt_orphans()
    try:
        run_verb("dev bench", lambda: bench(arguments))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
