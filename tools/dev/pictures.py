"""./dev pictures: takes the pictures of the console that docs/ shows, over made-up rows.

The pages are those of this tree, in a headless Chromium; the pool that they show does not exist.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import children
import cmake
from console import Failure, run_verb, say

PRESET = "dev"


def pictures(folder: Path) -> str:
    say(cmake.build(PRESET, "console_preview"))
    built = cmake.folder(PRESET)
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-B", cmake.ROOT / "tests" / "console" / "console_test.py", built / "bin",
         built / "bin" / "console_preview", built / "console-test", "--pictures", folder],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise Failure(done.stdout.strip().splitlines()[-1] if done.stdout.strip()
                      else "the browser said nothing")
    taken = sorted(folder.glob("console-*.png"))
    size = sum(file.stat().st_size for file in taken)
    return f"{len(taken)} pictures, {size // 1024} KiB, in {folder}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev pictures", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=cmake.ROOT / "docs", metavar="FOLDER",
                        help="where they go (default: docs)")
    folder = parser.parse_args().to
    children.adopt_orphans()
    try:
        run_verb("dev pictures", lambda: pictures(folder))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
