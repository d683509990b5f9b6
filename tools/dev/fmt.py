"""./dev fmt: formats the C++ files with clang-format 16; --check only says which are not."""

import argparse
import subprocess

from cmake import ROOT
from console import Failure, run_verb, say


def cpp_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard",
                             "*.h", "*.cpp"], cwd=ROOT, text=True, check=True, capture_output=True)
    return [file for file in sorted(set(listed.stdout.splitlines())) if (ROOT / file).exists()]


def fmt(only_check: bool) -> str:
    files = cpp_files()
    if not files:
        return "no C++ files"
    done = subprocess.run(["clang-format-16", "--dry-run", "-Werror", "--ferror-limit=1", *files],
                          cwd=ROOT, text=True, check=False, capture_output=True)
    wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if ": error:" in line})
    if done.returncode != 0 and not wrong:
        raise Failure(f"clang-format-16 failed: {done.stderr.strip().splitlines()[-1]}")
    for file in wrong:
        say(file)
    if only_check:
        if wrong:
            raise Failure(f"{len(wrong)} of {len(files)} files are not formatted; run ./dev fmt")
        return f"{len(files)} files are formatted"
    if wrong:
        subprocess.run(["clang-format-16", "-i", *wrong], cwd=ROOT, check=True)
    return f"{len(wrong)} of {len(files)} files changed"


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev fmt", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if needed")
    only_check = parser.parse_args().check
    run_verb("dev fmt", lambda: fmt(only_check))


if __name__ == "__main__":
    main()
