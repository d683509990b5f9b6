"""A whole pool of the images, as deploy/compose.yaml has it, mined on and asked how it is."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from cmake import ROOT
from console import Failure, say
from images_build import PREFIX
from images_podman import follow, inspect, podman

COMPOSE = "podman-compose==1.5.0"
PROJECT = "adit-images-test"
SERVICES = ("template", "vardiff", "channel-manager-1", "channel-manager-2", "gateway", "translator", "admin")
READY_S = 180


def _service(name: str) -> str:
    return name.rstrip("-12")


def new_pool(folder: Path) -> Path:
    """What deploy/new-pool.sh makes, by the aditctl of the image: this host may have none."""
    aditctl = folder / "aditctl"
    aditctl.write_text('#!/bin/sh\nexec podman run --rm --network none --read-only --user 0:0 --volume "$PWD:/work" '
                       f'--workdir /work {PREFIX}/tools "$@"\n', encoding="utf-8")
    aditctl.chmod(0o755)
    secrets = folder / "secrets"
    made = subprocess.run([ROOT / "deploy" / "new-pool.sh", secrets], text=True, check=False, capture_output=True,
                          env={**os.environ, "ADITCTL": str(aditctl)})
    if made.returncode != 0:
        raise Failure(f"deploy/new-pool.sh: {made.stderr.strip()}")
    return secrets


class Pool:
    """The containers of one run, under a name of their own; `folder` is thrown away."""

    def __init__(self, folder: Path, secrets: Path, redis: str):
        self.folder, self._compose = folder, ROOT / "build" / "images" / "podman-compose"
        self._secrets = secrets
        folder.mkdir()
        self.key = re.search(r"24250/(\w+)", (secrets / "pools.toml").read_text(encoding="utf-8"))[1]
        self._env = {**os.environ, "ADIT_SECRETS": str(secrets), "ADIT_IMAGES": PREFIX,
                     "ADIT_REDIS": redis, "PYTHONPATH": str(self._compose)}

    def _install_compose(self) -> None:
        if not (self._compose / "podman_compose.py").exists():
            follow([sys.executable, "-m", "pip", "install", "--quiet", "--target", self._compose, COMPOSE],
                   lambda line: None)

    def compose(self, *arguments) -> float:
        file = self.folder / "compose.yaml"
        return follow([sys.executable, self._compose / "podman_compose.py", "--in-pod", "false",
                       "--project-name", PROJECT, "--file", file, "--profile", "regtest", *arguments],
                      lambda line: None, self._env)

    def start(self) -> None:
        """The file as it is, but for host ports: others may have these."""
        self._install_compose()
        deploy = self.folder / "deploy"
        shutil.copytree(ROOT / "deploy" / "pool", deploy / "pool")
        text = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
        (self.folder / "compose.yaml").write_text(re.sub(r"^    ports: .*\n", "", text, flags=re.MULTILINE),
                                                  encoding="utf-8")
        self._env["ADIT_POOL"] = str(deploy / "pool")
        self.compose("up", "--detach", "--no-build")

    def container(self, service: str) -> str:
        return f"{PROJECT}_{service}_1"

    def _health(self, name: str) -> tuple[bool, str]:
        program = _service(name)
        done = podman("exec", self.container(name), f"/usr/bin/adit-{program}", "--config",
                      f"/etc/adit/{program}.toml", "--check-health", check=False)
        return done.returncode == 0, (done.stdout + done.stderr).strip()

    def wait_ready(self) -> float:
        """Errors: Failure says of each that is not ready why."""
        started = time.monotonic()
        while True:
            unready = {name: said for name in SERVICES for ready, said in [self._health(name)] if not ready}
            if not unready:
                return time.monotonic() - started
            if time.monotonic() - started > READY_S:
                for name in unready:
                    say(podman("logs", "--tail", "5", self.container(name), check=False).stderr)
                raise Failure("not ready: " + "; ".join(f"{name}: {said}" for name, said in unready.items()))
            time.sleep(1)

    def rights(self) -> list[str]:
        """What any of the processes has that it should not have, as the kernel says."""
        wrong = []
        for name in (*SERVICES, "devnode"):
            state = inspect(self.container(name))
            status = dict(line.split(":\t", 1) for line in
                          Path(f"/proc/{state['State']['Pid']}/status").read_text().splitlines() if ":\t" in line)
            if status["Uid"].split() != ["65532"] * 4 or int(status["CapEff"], 16) or int(status["CapBnd"], 16):
                wrong.append(f"{name} runs as {status['Uid'].split()[1]} with {status['CapEff']}")
            if status["NoNewPrivs"] != "1" or not state["HostConfig"]["ReadonlyRootfs"]:
                wrong.append(f"{name} may gain privileges or write to its root")
        return wrong

    def mine(self, url: str, user: str, seconds: int, *more: str) -> dict:
        """A CPU miner from the tools' image, in a container beside the pool."""
        out = self.folder / f"{user}.json"
        place = self.folder / "out"
        place.mkdir(exist_ok=True)
        place.chmod(0o777)
        podman("run", "--rm", "--network", f"{PROJECT}_default", "--read-only", "--cap-drop", "all",
               "--volume", f"{place}:/tmp", "--entrypoint", "/usr/bin/adit-miner", f"{PREFIX}/tools",
               "--url", url, "--user", user, "--threads", "1", "--throttle", "200k", "--for", f"{seconds}s",
               "--summary", f"/tmp/{out.name}", *more, timeout=seconds + 120)
        return json.loads((place / out.name).read_text(encoding="utf-8"))

    def ask_admin(self) -> list[dict]:
        """What an operator sees, over TLS and by the name of the service."""
        tls = self.folder / "operator"
        shutil.copytree(self._secrets / "tls", tls, dirs_exist_ok=True)
        for file in (tls, *tls.iterdir()):
            shutil.chown(file, 65532, 65532)
        said = podman("run", "--rm", "--network", f"{PROJECT}_default", "--read-only", "--cap-drop", "all",
                      "--volume", f"{tls}:/tls:ro", "--env", "ADIT_ADMIN=admin:24280", "--env",
                      "ADIT_TLS_CA=/tls/ca.pem", "--env", "ADIT_TLS_CERT=/tls/operator.pem", "--env",
                      "ADIT_TLS_KEY=/tls/operator.key", f"{PREFIX}/tools", "services", "list",
                      "--output", "json").stdout
        rows, decoder, rest = [], json.JSONDecoder(), said.strip()
        while rest:
            row, end = decoder.raw_decode(rest)
            rows += row if isinstance(row, list) else [row]
            rest = rest[end:].strip()
        return rows

    def stop(self, service: str) -> tuple[int, float]:
        """Asks one to end, as compose does; its status and how long it took."""
        started = time.monotonic()
        podman("stop", "--time", "160", self.container(service))
        return inspect(self.container(service))["State"]["ExitCode"], time.monotonic() - started

    def remove(self) -> None:
        names = [self.container(name) for name in (*SERVICES, "devnode", "redis")]  # who depends goes first
        podman("rm", "--force", "--time", "10", "--ignore", *names, check=False)
        podman("volume", "rm", "--force", f"{PROJECT}_ledger", f"{PROJECT}_spool", check=False)
        podman("network", "rm", "--force", f"{PROJECT}_default", check=False)
