"""Clients of gRPC that are not ours: buf, and @grpc/grpc-js. From the npm registry, by the lock file
beside this, into a folder, once. Unavailable says why there are none; tests skip with it."""

import fcntl
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent / "clients"


class Unavailable(Exception):
    pass


def install(folder: Path) -> Path:
    """The folder that has node_modules."""
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            raise Unavailable(f"{name} is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    lock_text = (HERE / "package-lock.json").read_text()
    done = folder / "installed"
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run side by side
        if done.exists() and done.read_text() == lock_text:
            return folder
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder / name)
        try:
            run = subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                capture_output=True, text=True, timeout=400, check=False)
        except subprocess.TimeoutExpired as error:
            raise Unavailable("npm ci took more than 400 s") from error
        if run.returncode != 0:
            lines = (run.stderr or run.stdout).strip().splitlines() or ["no output"]
            raise Unavailable(f"npm ci failed: {lines[-1]}")
        done.write_text(lock_text)
    return folder


def buf(folder: Path) -> Path:
    return install(folder) / "node_modules" / ".bin" / "buf"
