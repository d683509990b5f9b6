"""Packages from the npm registry, exactly those of a lock file, into a folder, once. Unavailable says
why there are none; tests skip with it."""

import fcntl
import shutil
import subprocess
from pathlib import Path


class Unavailable(Exception):
    """Why there are none here."""


def install(locks: Path, folder: Path, *options: str) -> Path:
    """The folder that has node_modules. `locks` has package.json and package-lock.json."""
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            raise Unavailable(f"{name} is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    locked = (locks / "package-lock.json").read_text()
    done = folder / "installed"
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run side by side
        if done.exists() and done.read_text() == locked:
            return folder
        for name in ("package.json", "package-lock.json"):
            shutil.copy(locks / name, folder / name)
        try:
            run = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                                  "--prefer-offline", "--loglevel=error", *options], cwd=folder,
                                 capture_output=True, text=True, timeout=400, check=False)
        except subprocess.TimeoutExpired as error:
            raise Unavailable("npm ci took more than 400 s") from error
        if run.returncode != 0:
            lines = (run.stderr or run.stdout).strip().splitlines() or ["no output"]
            raise Unavailable(f"npm ci failed: {lines[-1]}")
        done.write_text(locked)
    return folder
