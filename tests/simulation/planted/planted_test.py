#!/usr/bin/env python3
"""Whether the simulation finds a fault that was planted: one of the first seeds must violate the
invariant that it breaks, and pass where the fault is not."""

import argparse
import re
import subprocess
import sys

_VIOLATED = re.compile(r"^seed \d+: (\S+) violated: (.*)", re.MULTILINE)


def violations(program: str, seed: int) -> list[tuple[str, str]]:
    """Each with what it says; none where the seed passes."""
    done = subprocess.run([program, "--seed", str(seed)], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = _VIOLATED.findall(done.stdout)
    if (done.returncode == 0) != (not found):
        sys.exit(f"{program} --seed {seed} ends with status {done.returncode}:\n"
                 f"{done.stdout[-3000:]}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with-fault", required=True, metavar="PROGRAM")
    parser.add_argument("--as-it-is", required=True, metavar="PROGRAM")
    parser.add_argument("--violates", required=True, metavar="I1..I10")
    parser.add_argument("--seeds", type=int, required=True, metavar="N")
    options = parser.parse_args()
    others = set()
    for seed in range(1, options.seeds + 1):
        found = violations(options.with_fault, seed)
        others |= {invariant for invariant, _ in found}
        what = next((what for invariant, what in found if invariant == options.violates), None)
        if what is None:
            continue
        if violations(options.as_it_is, seed):
            print(f"seed {seed} fails without the fault, too")
            continue
        print(f"found by seed {seed}, which passes without it: {options.violates}: {what}")
        return
    sys.exit(f"{options.violates} was violated by none of {options.seeds} seeds that pass without "
             f"the fault; violated were: {', '.join(sorted(others)) or 'none'}")


if __name__ == "__main__":
    main()
