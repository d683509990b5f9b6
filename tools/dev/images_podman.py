"""Podman as this machine allows it: in a sandbox without control groups or without the right to raise
limits it still builds and runs, when it is told so."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from console import Failure

HYBRID = Path("/sys/fs/cgroup/unified")  # crun refuses to run beside it
_INSIDE = "ADIT_IMAGES_INSIDE"


def enter_namespace() -> None:
    """Starts this program again with mounts of its own, which end with it; without the hybrid control
    groups where they are. Everything that podman mounts for networks is then of one namespace."""
    if os.geteuid() != 0 or os.environ.get(_INSIDE):
        return
    hide = f"! mountpoint -q {HYBRID} || umount {HYBRID}; "
    os.environ[_INSIDE] = "1"
    os.execvp("unshare", ["unshare", "--mount", "sh", "-c", f'{hide}exec "$@"', "sh", sys.executable, "-B",
                          *sys.argv])


def configure(folder: Path) -> None:
    """Writes a configuration of podman's and has it used by all that we start."""
    hard = {name: resource.getrlimit(kind)[1] for name, kind in (("nofile", resource.RLIMIT_NOFILE),
                                                                 ("nproc", resource.RLIMIT_NPROC))}
    most = {"nofile": 20_000, "nproc": 4096}
    limits = ", ".join(f'"{name}={value}:{value}"' for name, value in
                       ((name, most[name] if hard[name] < 0 else min(hard[name], most[name])) for name in hard))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "containers.conf"
    file.write_text(f'[containers]\ncgroups = "disabled"\ndefault_ulimits = [{limits}]\nlog_driver = "k8s-file"\n'
                    '[network]\nnetwork_backend = "netavark"\n[engine]\nruntime = "crun"\n'
                    'events_logger = "file"\ncgroup_manager = "cgroupfs"\n', encoding="utf-8")
    os.environ["CONTAINERS_CONF"] = str(file)
    os.environ["DISABLE_HC_SYSTEMD"] = "true"  # checks of health are asked by us


def podman(*arguments, check: bool = True, **options) -> subprocess.CompletedProcess:
    done = subprocess.run(["podman", *map(str, arguments)], text=True, check=False, capture_output=True,
                          stdin=options.pop("stdin", subprocess.DEVNULL if "input" not in options else None),
                          **options)
    if check and done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise Failure(f"podman {arguments[0]}: {lines[-1]}")
    return done


def exists(image: str) -> bool:
    return podman("image", "exists", image, check=False).returncode == 0


def inspect(name: str) -> dict:
    return json.loads(podman("inspect", name).stdout)[0]


def reason_against_running(image: str) -> str | None:
    """Why a container cannot be run here, by trying."""
    done = podman("run", "--rm", "--network", "none", "--read-only", "--user", "65532:65532", image, "true",
                  check=False, timeout=120)
    return None if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason given"])[-1]


def follow(command: list, on_line, env: dict | None = None) -> float:
    """Runs a long command and gives each line of it away; the time that it took. Errors: Failure with
    the last lines."""
    started, last = time.monotonic(), []
    with subprocess.Popen([str(word) for word in command], text=True, stdout=subprocess.PIPE, env=env,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL) as process:
        for line in process.stdout:
            last = [*last[-30:], line]
            on_line(line.rstrip())
    if process.returncode != 0:
        print("".join(last), end="")
        raise Failure(f"{' '.join(str(word) for word in command[:2])} failed, see above")
    return time.monotonic() - started
