"""What ./dev bench vardiff measured: a table for the terminal, charts and tables for docs/."""

from pathlib import Path

from svg_chart import Panel, Series, draw

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "vardiff.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

COLOURS = {"adit": "#c2185b", "SRI classic": "#1565c0", "ckpool": "#2e7d32", "DATUM": "#ef6c00",
           "btcpool": "#6a1b9a"}
STEPS = {"0.5": "halved", "2": "doubled", "0.1": "÷ 10", "10": "× 10", "0.01": "÷ 100",
         "100": "× 100"}
LIMIT = 1.5
NEVER = 7199  # seconds: what was watched


def minutes(seconds: float) -> str:
    return "never" if seconds >= NEVER else f"{seconds / 60:.2f}" if seconds < 600 else \
        f"{seconds / 60:.0f}"


def name_of(each: dict) -> str:
    return f"{each['algorithm']}, {each['shares_per_minute']:g}/min"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def in_order(found: dict) -> list[dict]:
    return sorted(found["measured"], key=lambda each: (each["algorithm"] != "adit",
                                                       each["algorithm"],
                                                       each["shares_per_minute"]))


def steps_table(found: dict, what: str) -> list[str]:
    return table(["", *STEPS.values()],
                 [[name_of(each), *(minutes(each["steps"][factor][what]) for factor in STEPS)]
                  for each in in_order(found)])


def steady_table(found: dict) -> list[str]:
    return table(["", "false changes an hour", "rate off by", "false changes an hour, jittering"],
                 [[name_of(each), f"{each['steady']['changes_per_hour']:.3f}",
                   f"{100 * each['steady']['error']:.1f} %",
                   f"{each['jitter']['changes_per_hour']:.2f}"] for each in in_order(found)])


def cost_table(found: dict) -> list[str]:
    def row(each: dict) -> list[str]:
        steps = each["steps"]
        return [name_of(each), f"{steps['100']['flooded']:.0f}",
                f"{each['openings']['1000']['flooded']:.0f}",
                minutes(each["openings"]["1000"]["within_mean"]),
                minutes(each["openings"]["0.001"]["within_mean"]),
                minutes(steps["0.01"]["silence"]), minutes(each["openings"]["0.001"]["silence"]),
                minutes(each["dying"]["silence"]), minutes(each["on_and_off"]["silence"]),
                f"{each['on_and_off']['flooded']:.0f}"]
    return table(["", "flooded × 100", "flooded, opened 1,000 too easy", "until right",
                  "opened 1,000 too hard, until right", "silence ÷ 100",
                  "silence, opened too hard", "silence, dying", "silence, on and off",
                  "flooded in an hour, on and off"], [row(each) for each in in_order(found)])


def optimum_table(found: dict) -> list[str]:
    ours = next(each for each in found["measured"]
                if each["algorithm"] == "adit" and each["shares_per_minute"] == 6)
    rows = []
    for factor, name in STEPS.items():
        best, delay = found["optimum"][factor]["delay"], ours["steps"][factor]["detected"]
        late = found["late_steps"].get(factor)
        rows.append([name, minutes(best), minutes(delay), f"{delay / best:.2f}",
                     f"{late['detected'] / best:.2f}" if late else "–"])
    return table(["", "optimum, min", "adit, min", "ratio", "ratio after two hours"], rows)


def text(found: dict) -> list[str]:
    out = ["", "a steady miner, and one that jitters by 15 %", *steady_table(found),
           "", "minutes until the first change in the right direction",
           *steps_table(found, "detected"),
           "", "minutes until a target within 20 % of the right one, mean",
           *steps_table(found, "within_mean"),
           "", "against the quickest test there is, at 6/min", *optimum_table(found),
           "", "shares too many, and the longest silence in minutes", *cost_table(found), ""]
    return out


def delay_chart(found: dict) -> str:
    x_ticks = [(0.01, "÷100"), (0.1, "÷10"), (0.25, "÷4"), (0.5, "÷2"), (1, ""), (2, "×2"),
               (4, "×4"), (10, "×10"), (100, "×100")]
    y_ticks = [(0.01, "0.01"), (0.1, "0.1"), (1, "1"), (10, "10"), (120, "never")]
    series = []

    def line(label, colour, delays, **how):
        for part in ("below", "above"):
            points = [(float(factor), delay / 60) for factor, delay in delays.items()
                      if (float(factor) < 1) == (part == "below")]
            series.append(Series(label, colour, sorted(points), **how))

    best = {factor: each["delay"] for factor, each in found["optimum"].items()}
    line("limit: 1.5 × optimum", "#000000", {f: LIMIT * d for f, d in best.items()}, dashes="6 4",
         marker="none")
    line("optimum, size known", "#888888", best, marker="none")
    for each in in_order(found):
        if each["shares_per_minute"] == 6:
            line(each["algorithm"], COLOURS[each["algorithm"]],
                 {factor: step["detected"] for factor, step in each["steps"].items()})
    panel = Panel("", "what becomes of the hash rate", "minutes until the first change", x_ticks,
                  y_ticks, series)
    return draw("How soon a change is found, at 6 shares a minute", [panel], width=640, height=380)


def comparison_chart(found: dict) -> str:
    x_ticks = [(0.003, "0.003"), (0.01, "0.01"), (0.1, "0.1"), (0.25, "0.25"), (1, "1")]
    y_ticks = [(0.3, "0.3"), (1, "1"), (3, "3"), (10, "10"), (30, "30"), (120, "never")]
    panels = []
    for factor in ("0.5", "2", "0.01", "100"):
        series = []
        for each in in_order(found):
            if each["shares_per_minute"] == 60:
                continue
            is_six = each["shares_per_minute"] == 6
            series.append(Series(name_of(each), COLOURS[each["algorithm"]],
                                 [(each["steady"]["changes_per_hour"],
                                   each["steps"][factor]["within_mean"] / 60)],
                                 is_line=False, marker="circle" if is_six else "square"))
        panels.append(Panel(STEPS[factor], "false changes of a steady miner, an hour",
                            "minutes until within 20 %", x_ticks, y_ticks, series))
    return draw("Settles fast, stays put: further down and left is better", panels, columns=2)


def section(found: dict) -> list[str]:
    return [BEGIN, f"As of `./dev bench vardiff --write`, {found['seeds']} streams for each step.",
            "", "![delay](vardiff-delay.svg)", "", "![comparison](vardiff-comparison.svg)", "",
            "### A steady miner", "",
            "Its target is right at the start; a day. The rate of one that jitters wanders by "
            "15 % every two minutes, and its shares come in bursts.", "", *steady_table(found), "",
            "### Minutes until the first change in the right direction", "",
            *steps_table(found, "detected"), "",
            "### Minutes until within 20 % of the right target, mean", "",
            *steps_table(found, "within_mean"), "",
            "### Against the quickest test for a change whose size is known", "",
            "At 6 shares a minute and one false alarm in "
            f"{found['false_change_hours']:g} hours. Ours does not know the size. Over ten days "
            f"it changes a steady miner {found['long_run']:.3f} times an hour.", "",
            *optimum_table(found), "",
            "### Shares too many, and silence in minutes", "",
            "Flooded are shares beyond twice the wanted ones. Silence is the longest in two hours "
            "after the change (a dying device: while its hash rate halves every ten minutes for an "
            "hour; on and off: in the twenty minutes in which it mines). Openings are of 1 kH/s "
            "to 10 PH/s.", "", *cost_table(found), END]


def write(found: dict) -> list[str]:
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(before + "\n".join(section(found)) + after)
    charts = {"vardiff-delay.svg": delay_chart(found),
              "vardiff-comparison.svg": comparison_chart(found)}
    for name, chart in charts.items():
        (PAGE.parent / name).write_text(chart)
    return [str(path.relative_to(ROOT)) for path in
            (PAGE, *(PAGE.parent / name for name in charts))]
