"""./dev bench pool: the whole pool against its budgets (bench_budgets.py).

Redis with appendfsync always, one gateway, one channel-manager, one template replica and the load
generator, all on this machine.
"""

import json
import shutil
import statistics

import bench_budgets
import bench_pool_load as load
import bench_pool_report as report
import bench_ratios
import cmake
from bench_load import PRESET, machine
from bench_machine import Machine
from bench_pool_run import FOLDER, LONG, QUICK, Run
from console import Failure, say

LAST = FOLDER / "last.json"
# The quick form measures everything once. What is missed then is measured so often again, and missed
# where the median of all misses it.
AGAIN = 2


def values(results: dict) -> dict[str, float]:
    """By the names of budgets and ratios; what was not measured is not in it."""
    found: dict[str, float] = {}
    closed = results["closed"]
    for key in ("standard", "extended", "apart"):
        if key not in closed:
            continue
        found[f"rate_{key}"] = closed[key]["rate_s"]
        found[f"cpu_{key}"] = sum(closed[key]["cpu_us"][name] for name in load.PROCESSES)
        found.update({f"cpu_{key}_{name}": closed[key]["cpu_us"][name]
                      for name in load.PROCESSES})
    for each in results["curve"]:
        if each["rate"] == 2000 and not each["part"] and not each["halts"]:
            found["ack_p50"], found["ack_p99"] = each["ack_ms"][:2]
    found.update(channel_values(results))
    blocks = results.get("blocks", {})
    for key, connections, end in (("block_first", "1000", "first"), ("block_last", "1000", "last"),
                                  ("block_last_10000", "10000", "last")):
        if connections in blocks:
            found[key] = statistics.median(blocks[connections][end])
    if "sv1" in results:
        found["idle_sv1"] = results["sv1"]["memory"]
        if results["sv1"]["miners"] == LONG.sv1_miners:
            found["block_last_sv1"] = statistics.median(results["sv1"]["last_ms"])
    if "reconnect" in results:
        found["reconnect"] = statistics.median(each["all_mine"] for each in results["reconnect"])
    if "handshakes" in results:
        found["handshake_gateway"] = results["handshakes"]["gateway_us"]
    found.update({key: results[key] for key in ("idle_sv2", "redis") if key in results})
    return found


def channel_values(results: dict) -> dict[str, float]:
    runs, few = results.get("channels"), results["closed"].get("thousand")
    if not runs:
        return {}
    found = {f"channels_{name}": statistics.median(
        load.Channels(**run).more(process) for run in runs)
        for name, process in (("gateway", "gateway"), ("worker", "channel-manager"))}
    if few:
        many = statistics.median(run["rate_s"] for run in runs)
        found["channels_rate"] = 100 * (1 - many / few["rate_s"])
    return found


def ratios(results: dict, found: dict[str, float]) -> dict[str, float]:
    return bench_ratios.ratios(found, statistics.median(results["hash_ns"]))


def baseline_for(results: dict) -> dict[str, float] | None:
    return bench_ratios.read_baseline(results["machine"])


def doubtful(results: dict) -> set[str]:
    """The keys of budgets that are missed and of ratios that are worse than they were."""
    found = values(results)
    keys = set(bench_budgets.missed(found, bench_budgets.derived()))
    if results.get("hash_ns"):
        keys |= set(bench_ratios.worse(ratios(results, found), baseline_for(results) or {}))
    return keys


def conclude(results: dict, wants_check: bool) -> str:
    """The verdict in words; raises Failure with what is not as it should be."""
    found, floors = values(results), bench_budgets.derived()
    for line in bench_budgets.table(found, floors):
        say(line)
    wrong = list(bench_budgets.missed(found, floors).values())
    wrong += [f"{what} was not measured: {why}" for what, why in results["failed"].items()]
    if wants_check and results.get("hash_ns"):
        now, baseline = ratios(results, found), baseline_for(results)
        if baseline is None:
            say("there is no baseline of this processor to compare ratios with: ./dev bench pool "
                "--write makes one")
        else:
            worse = bench_ratios.worse(now, baseline)
            say(f"{len(set(now) & set(baseline))} ratios to the hashing loop compared with the "
                f"baseline, {len(worse)} worse than it by more than the tolerance")
            wrong += worse.values()
    if report.is_busy(results):
        say("this machine was busy with other work: its figures are no verdict on the pool")
    if wrong:
        raise Failure("; ".join(wrong))
    held = sum(1 for each in bench_budgets.verdicts(found) if each.value is not None)
    return f"{held} of {len(bench_budgets.BUDGETS)} budgets measured, all of them hold"


def write_baseline(results: dict, found: dict[str, float]) -> None:
    """Of a long run. A busy machine's does not replace one that is there."""
    if results["form"] != LONG.name or not results.get("hash_ns"):
        return
    if report.is_busy(results) and baseline_for(results):
        say("the baseline stays as it was: this machine was busy with other work")
        return
    bench_ratios.write_baseline(ratios(results, found), results["machine"], results["date"],
                                results["commit"])


def last_results() -> dict:
    if not LAST.exists():
        raise Failure("nothing has been measured here yet: leave out --last")
    return json.loads(LAST.read_text())


def measure_again(run: Run, keys: set[str]) -> None:
    for _ in range(AGAIN if keys else 0):
        say(f"once more, for the median of {1 + AGAIN}: {', '.join(sorted(keys))}")
        run.again(keys)


def measure(is_quick: bool) -> dict:
    say(cmake.build(PRESET, "pool_bench"))
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for text in machine(FOLDER):
        say(text)
    with Machine() as surroundings:
        say(f"measured with {', '.join(surroundings.has) or 'the machine as it is'}")
        for lack in surroundings.lacks:
            say(f"not permitted here: {lack}")
        run = Run(QUICK if is_quick else LONG, cmake.folder(PRESET) / "bin", surroundings)
        results = run.measure()
        if is_quick:
            measure_again(run, doubtful(results))
    LAST.write_text(json.dumps(results, indent=1))
    say(f"measured in {sum(results['took_s'].values()):.0f} s: "
        + ", ".join(f"{what} {took:.0f}" for what, took in results["took_s"].items()))
    return results


def bench(arguments) -> str:
    """Takes --quick, --check, --write, --derive and --last of ./dev bench."""
    results = last_results() if arguments.last else measure(arguments.quick)
    found = values(results)
    if arguments.derive:
        for key, floor in bench_budgets.write_derived(found).items():
            say(f"derived: {key} at least {floor:,.0f}")
    if arguments.write:
        write_baseline(results, found)
        say(f"written: {', '.join(report.write(results, found))}")
    return conclude(results, arguments.check or arguments.quick)
