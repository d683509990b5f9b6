"""Configuring and building a preset, with progress and with the errors when there are any."""

import contextlib
import fcntl
import json
import os
import re
import subprocess
import time
from pathlib import Path

import children
from console import Failure, Progress, say

ROOT = Path(__file__).resolve().parents[2]
_STEP = re.compile(r"^\[(\d+)/(\d+)\] (.*)")


def presets() -> list[str]:
    known = json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]
    return [preset["name"] for preset in known if not preset.get("hidden")]


def folder(preset: str) -> Path:
    return ROOT / "build" / preset


def jobs() -> int:
    # A file that includes gRPC takes the compiler over a gigabyte.
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return max(1, min(len(os.sched_getaffinity(0)), int(gigabytes / 1.2)))


@contextlib.contextmanager
def _alone(preset: str):
    """Two ninjas in one folder spoil each other's work, and ninja does not look."""
    folder(preset).mkdir(parents=True, exist_ok=True)
    with (folder(preset) / "dev.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another ./dev that builds {preset}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _configure(preset: str) -> None:
    say(f"configuring {preset}")
    done = subprocess.run(["cmake", "--preset", preset], cwd=ROOT, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        print(done.stdout)
        raise Failure(f"cmake could not configure {preset}, see above")


def build(preset: str, *targets: str) -> str:
    """Configures and builds targets, by default everything; returns what was done."""
    if preset not in presets():
        raise Failure(f"no preset \"{preset}\"; there are: {', '.join(presets())}")
    with _alone(preset):
        return _build(preset, targets or ("all",))


def _build(preset: str, targets: tuple[str, ...]) -> str:
    started = time.monotonic()
    _configure(preset)
    progress, steps, said, failed = Progress(f"building {preset}"), 0, [], False
    ninja = children.start(["ninja", "-C", folder(preset), "-j", jobs(), *targets], text=True,
                           env={**os.environ, "NINJA_STATUS": "[%f/%t] "},
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in ninja.stdout:
        step = _STEP.match(line)
        if step:
            steps = int(step.group(1))
            progress.show(steps, int(step.group(2)), Path(step.group(3)).name)
            if not failed:
                said = []
        else:
            said.append(line)  # by the last step, or by the one that failed and those after it
            failed = failed or line.startswith("FAILED:")
            if "warning:" in line:
                progress.clear()
                print(line, end="")
    progress.clear()
    if ninja.wait() != 0:
        print("".join(said), end="")
        raise Failure(f"{preset} does not build, see above")
    return f"{preset} built, {steps} steps in {time.monotonic() - started:.0f} s"
