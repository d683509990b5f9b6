"""./dev bench admin: how long an operator waits for a page of 100,000 channels, over gRPC."""

import subprocess

import cmake
from console import Failure, say

PROGRAM = "list_probe"
# Built by ./dev build already, and optimised.
PRESET = "dev"
PAGE_MS_MAX = 50


def bench() -> str:
    say(cmake.build(PRESET, PROGRAM))
    done = subprocess.run([cmake.folder(PRESET) / "bin" / PROGRAM], text=True, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise Failure(f"{PROGRAM} ended with status {done.returncode}: {done.stderr[-300:]}")
    over, worst = [], 0.0
    say(f"{'of 100,000 channels':44} {'median':>9} {'slowest':>9}")
    # Beside what the server in it logs.
    for what, median, slowest in (line.split("\t") for line in done.stdout.splitlines()
                                  if line.count("\t") == 2):
        say(f"{what:44} {median:>6} ms {slowest:>6} ms")
        if what.startswith(("first ", "later ")):
            worst = max(worst, float(median))
            if float(median) > PAGE_MS_MAX:
                over.append(what)
    if over:
        raise Failure(f"above {PAGE_MS_MAX} ms: {'; '.join(over)}")
    return f"every page of 100,000 channels within {worst:.0f} ms (bound: {PAGE_MS_MAX} ms)"
