"""What ./dev bench pool measured: lines for the terminal, charts and tables for docs/."""

import os
import statistics
import subprocess
import time
from pathlib import Path

import bench_budgets
import bench_ratios
import svg_bars
from bench_load import machine
from bench_pool_load import CLOSED, GENERATOR, PROCESSES, Found
from svg_bars import Bar
from svg_chart import Panel, Series, draw

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
COLOURS = {"gateway": "#1565c0", "channel-manager": "#2e7d32", "redis": "#c62828",
           "template": "#6a1b9a", GENERATOR: "#9e9e9e"}
ACK_COLOURS = (("p50", "#2e7d32"), ("p99", "#ef6c00"), ("p99.9", "#c62828"))
NAMES = {case.key: case.what for case in CLOSED}
# Cores that others had for a moment before; and how far apart the hashing loop's times may be.
BUSY_CORES, BUSY_SPREAD = 0.3, 1.25
BUSY_WATCHED_S = 2.0


def circumstances(folder: Path) -> dict:
    """Of this machine, this tree and this moment."""
    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, text=True, check=False,
                              capture_output=True)
        return done.stdout.strip() if done.returncode == 0 else ""
    first, disk = machine(folder)
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ":!docs",
                  ":!tools/dev/*.json")
    return {"machine": first.removeprefix("machine: "), "disk": disk.partition(";")[0],
            "busy_cores": busy_cores(),
            "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            "commit": git("rev-parse", "--short=10", "HEAD") + (" with changes" if changed else "")}


def busy_cores() -> float:
    """How many cores work for others, while we do nothing."""
    def idle_s() -> float:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
        return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")
    before, began = idle_s(), time.monotonic()
    time.sleep(BUSY_WATCHED_S)
    return max(0.0, (os.cpu_count() or 1) - (idle_s() - before) / (time.monotonic() - began))


def is_busy(results: dict) -> bool:
    """Others used the machine when it began, or its speed changed meanwhile."""
    hash_ns = results.get("hash_ns") or [1.0]
    return results["busy_cores"] > BUSY_CORES or max(hash_ns) > BUSY_SPREAD * min(hash_ns)


def load_head() -> str:
    return (f"{'':46} {'shares/s':>9}  {'acknowledged, ms: p50, p99, p99.9':>33}  "
            f"{'segments':>8}   CPU of a share, µs: " + ", ".join((*PROCESSES, GENERATOR)))


def load_line(what: str, found: Found) -> str:
    ack = " ".join(f"{value:10.2f}" for value in found.ack_ms)
    return (f"{what:46} {found.rate_s:9,.0f}  {ack:>33}  {found.segments:8.2f}   "
            + " ".join(f"{found.cpu_us[name]:.2f}" for name in (*PROCESSES, GENERATOR))
            + f"; the pool {found.pool_us():.2f}")


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def budgets_table(values: dict[str, float]) -> list[str]:
    floors = bench_budgets.derived()
    rows = [[each.budget.what, "–" if each.value is None else each.budget.text(each.value),
             each.budget.bound_text(floors), each.word(floors), "`./dev bench pool`"]
            for each in bench_budgets.verdicts(values)]
    rows += [[each.what, f"[{each.where}]({link(each.where)})", each.bound, "", f"`{each.command}`"]
             for each in bench_budgets.ELSEWHERE]
    return table(["", "measured", "budget", "", "by"], rows)


def link(where: str) -> str:
    return where.removeprefix("docs/") if where.endswith(".md") else "adr"


def loads_table(results: dict) -> list[str]:
    rows = []
    for key, each in results["closed"].items():
        pool = sum(each["cpu_us"][name] for name in PROCESSES)
        rows.append([NAMES.get(key, "extended, 1,000 channels, coalesced"), f"{each['rate_s']:,.0f}",
                     *(f"{each['cpu_us'][name]:.2f}" for name in (*PROCESSES, GENERATOR)),
                     f"{pool:.2f}", f"{each['segments']:.2f}"])
    return table(["", "shares/s", *(f"{name}" for name in (*PROCESSES, GENERATOR)), "the pool",
                  "segments"], rows)


def curve_rows(results: dict) -> list[dict]:
    return sorted(results["curve"], key=lambda each: (each["rate"], each["halts"]))


def acknowledgement_table(results: dict) -> list[str]:
    rows = []
    for each in curve_rows(results):
        part = f" ({100 * each['part']:.0f} % of what there is)" if each["part"] else ", mixed"
        part += ", idle cores halt" if each["halts"] else ""
        rows.append([f"{each['rate']:,.0f}/s{part}", *(f"{value:.2f}" for value in each["ack_ms"]),
                     f"{sum(each['cpu_us'][name] for name in PROCESSES):.1f}",
                     f"{each['late_ms']:.2f}"])
    return table(["shares", "p50, ms", "p99, ms", "p99.9, ms", "the pool's CPU for a share, µs",
                  "generator late by, p99, ms"], rows)


def quantile(values: list[float], q: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def block_groups(results: dict) -> list[tuple[str, list[float]]]:
    found = []
    for connections, what in (("1000", "1,000"), ("10000", "10,000")):
        for key, name in (("first", "first job"), ("last", "last job"),
                          ("full", "last with transactions")):
            values = results.get("blocks", {}).get(connections, {}).get(key)
            if values:
                found.append((f"{what} connections, {name}", values))
    if "sv1" in results:
        found.append((f"{results['sv1']['miners']:,} SV1 miners of a translator, last",
                      results["sv1"]["last_ms"]))
    return found


def blocks_table(results: dict) -> list[str]:
    return table(["ms from the announcement", "p50", "p99", "blocks"],
                 [[what, f"{statistics.median(values):.1f}", f"{quantile(values, 0.99):.1f}",
                   str(len(values))] for what, values in block_groups(results)])


def rest_table(results: dict) -> list[str]:
    rows = []
    if "handshakes" in results:
        rows.append(["handshakes a second, miners' ends included",
                     f"{results['handshakes']['rate_s']:,.0f}"])
        rows.append(["a gateway's CPU for a handshake",
                     f"{results['handshakes']['gateway_us']:.0f} µs"])
    for name, key in (("another gateway serves", "ready"), ("the last has a job", "all_work"),
                      ("the last has a share accepted", "all_mine")):
        if "reconnect" in results:
            value = statistics.median(each[key] for each in results["reconnect"])
            rows.append([f"gateway killed under 10,000 connections: {name} after", f"{value:.1f} s"])
    if "channels" in results:
        for process in results["channels"][0]["bytes_few"]:
            few, many = (statistics.median(run[key][process] for run in results["channels"])
                         for key in ("bytes_few", "bytes_many"))
            rows.append([f"bytes of a channel in a {process}: of the first 9,000, of 90,000 more",
                         f"{few:,.0f}, {many:,.0f}"])
        opened = statistics.median(run["opened_s"] for run in results["channels"])
        rows.append(["90,000 channels of 2,000 connections opened in", f"{opened:.1f} s"])
    return table(["", "measured"], rows)


def rates_chart(results: dict, values: dict[str, float]) -> str:
    floors = bench_budgets.derived()
    bounds = {each.key.removeprefix("rate_"): each.in_force(floors)
              for each in bench_budgets.BUDGETS if each.key.startswith("rate_")}
    bars = [Bar(NAMES[key], [each["rate_s"]], f"{each['rate_s']:,.0f}", bounds.get(key))
            for key, each in results["closed"].items() if key in NAMES]
    return svg_bars.draw("Shares a second, end to end, load generator included",
                         [("as fast as answers come", COLOURS["gateway"])], bars, "shares/s")


def cpu_chart(results: dict) -> str:
    parts = [(name, COLOURS[name]) for name in (*PROCESSES, GENERATOR)]
    bars = [Bar(NAMES[key], [each["cpu_us"][name] for name, _ in parts],
                f"the pool {sum(each['cpu_us'][name] for name in PROCESSES):.1f}")
            for key, each in results["closed"].items() if key in NAMES]
    return svg_bars.draw("CPU for a share, by process", parts, bars, "µs")


def latency_chart(results: dict) -> str:
    rows = [each for each in curve_rows(results) if not each["halts"]]
    most = max(each["rate"] for each in rows)
    x_ticks = [(float(rate), f"{rate:,}") for rate in (1000, 2000, 5000, 10_000, 20_000, 50_000,
                                                       100_000, 200_000)]
    x_ticks = x_ticks[:1 + next((i for i, tick in enumerate(x_ticks) if tick[0] >= most),
                                len(x_ticks) - 1)]
    y_ticks = [(0.1, "0.1"), (0.3, "0.3"), (1, "1"), (3, "3"), (10, "10"), (30, "30"),
               (100, "100"), (300, "300"), (1000, "1,000")]
    series = [Series(name, colour, [(each["rate"], each["ack_ms"][i]) for each in rows])
              for i, (name, colour) in enumerate(ACK_COLOURS)]
    return draw("Acknowledgement by load", [Panel("", "shares a second, each by itself", "ms",
                                                  x_ticks, y_ticks, series)],
                width=620, height=340)


def blocks_chart(results: dict) -> str:
    bars = []
    for what, values in block_groups(results):
        median, high = statistics.median(values), quantile(values, 0.99)
        bars.append(Bar(what, [median, high - median], f"{median:.1f}, {high:.1f}"))
    return svg_bars.draw("From a node's announcement to miners' sockets",
                         [("p50", "#1565c0"), ("to p99", "#90caf9")], bars, "ms")


def surroundings(results: dict) -> str:
    text = f"Measured with {', '.join(results['has']) or 'the machine as it is'}."
    return " ".join([text, *(f"Not permitted: {lack}." for lack in results["lacks"])])


def rewrites(results: dict) -> str:
    """Of Redis' file, none of them in what is measured."""
    took = results["rewrites"]
    if not took:
        return ""
    seconds, grown = (statistics.median(each[key] for each in took) for key in ("seconds", "grown"))
    return (f" Between them Redis wrote its file anew, {len(took)} times, when {grown / 1e6:,.0f} MB had "
            f"come since the last time, in {seconds:.1f} s (medians).")


def section(results: dict, values: dict[str, float]) -> list[str]:
    command = "./dev bench pool --write" + (" --quick" if results["form"] == "quick" else "")
    hash_ns = results.get("hash_ns") or [0.0]
    out = [BEGIN, f"`{command}` at {results['commit']}, {results['date']}, in "
           f"{sum(results['took_s'].values()):.0f} s, on {results['machine']}; {results['disk']}; a scalar SHA-256 "
           f"compression takes {statistics.median(hash_ns):.0f} ns here "
           f"({min(hash_ns):.0f} to {max(hash_ns):.0f} in this run). Others had "
           f"{results['busy_cores']:.1f} cores when it began. {surroundings(results)}"]
    if is_busy(results):
        out.append("**Other work had this machine meanwhile: the figures below are worse than the "
                   "pool, and no verdict on it.**")
    out += [f"Not measured: {what} ({reason})." for what, reason in results["failed"].items()]
    out += ["", "### Budgets", "", *budgets_table(values), "",
            "### Shares, as fast as answers come", "",
            "CPU in µs for a share; segments are those of the miners, for a share."
            + rewrites(results), "",
            *loads_table(results), "", "![shares a second](benchmarks-rates.svg)", "",
            "![CPU by process](benchmarks-cpu.svg)", "", "### Acknowledgement by load", "",
            *acknowledgement_table(results), "",
            "![acknowledgement by load](benchmarks-latency.svg)", "", "### New blocks", "",
            f"Of {results.get('node', 'no node')}.", "", *blocks_table(results), "",
            "![new blocks](benchmarks-blocks.svg)", "", "### At once, and at rest", "",
            *rest_table(results), END]
    return out


def write(results: dict, values: dict[str, float]) -> list[str]:
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(before + "\n".join(section(results, values)) + rest.split(END)[1])
    charts = {"rates": lambda: rates_chart(results, values), "cpu": lambda: cpu_chart(results),
              "latency": lambda: latency_chart(results), "blocks": lambda: blocks_chart(results)}
    has = {"rates": results["closed"], "cpu": results["closed"], "latency": results["curve"],
           "blocks": block_groups(results)}
    written = [PAGE]
    for name, chart in charts.items():
        if has[name]:
            path = PAGE.with_name(f"benchmarks-{name}.svg")
            path.write_text(chart())
            written.append(path)
    return [str(path.relative_to(ROOT)) for path in
            (*written, *([bench_ratios.BASELINE] if bench_ratios.BASELINE.exists() else []))]
