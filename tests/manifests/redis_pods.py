"""Pods of Redis without Kubernetes: each has a network namespace and a host name of its own, sees
the others under the names of a headless service, and mounts what the component's manifests mount.
The paths of mounts begin in a folder of the test, for there is no image."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import manifests_render

COMPONENTS = manifests_render.FOLDER / "components"
POOL = manifests_render.ROOT / "deploy" / "pool"
PASSWORD = "secret"
# How the paths of a pod's mounts are called here: /run is the test's own.
MOUNTS = {"/scripts": "/run/scripts", "/etc/redis": "/run/etc", "/data": "/run/data"}
_POD = """
set -e
hostname "$1"; mount --make-rprivate /
mkdir -p /run/secrets/adit/redis /run/redis /run/scripts /run/etc /run/data
mount --bind "$2/../hosts" /etc/hosts
for name in scripts etc data redis; do mount --bind "$2/$name" "/run/$name"; done
mount --bind "$2/secret" /run/secrets/adit/redis
shift 2
exec "$@"
"""


def enter_own_network() -> str | None:
    """Goes on as the same program in a network and mounts of its own; or says why it cannot."""
    if os.environ.get("ADIT_OWN_NETWORK"):
        subprocess.run("mount --make-rprivate / && mount -t tmpfs run /run && mkdir /run/netns && "
                       "ip link set lo up && ip link add br0 type bridge && ip link set br0 up && "
                       "ip addr add 10.9.0.1/24 dev br0", shell=True, check=True)
        return None
    for name in ("redis-server", "redis-cli", "ip", "unshare"):
        if shutil.which(name) is None:
            return f"{name} is not installed"
    unshare = ["unshare", "--net", "--mount", "--uts"]
    tried = subprocess.run([*unshare, "mount", "-t", "tmpfs", "run", "/run"], capture_output=True,
                           text=True, check=False)
    if tried.returncode != 0:
        return f"no network of one's own: {tried.stderr.strip()}"
    os.execvpe(unshare[0], [*unshare, sys.executable, "-B", *sys.argv],
               {**os.environ, "ADIT_OWN_NETWORK": "1"})


def _moved(text: str) -> str:
    for there, here in MOUNTS.items():
        text = text.replace(there, here)
    return text


def run(*words) -> str:
    return subprocess.run([str(word) for word in words], text=True, check=True, timeout=60,
                          capture_output=True).stdout


class Pod:
    def __init__(self, pods: "Pods", name: str, service: str, number: int, command: list[str]):
        self.name, self.service, self.number, self.command = name, service, number, command
        self.folder = pods.folder / name
        self._process: subprocess.Popen | None = None
        for part in ("scripts", "etc", "data", "redis", "secret"):
            (self.folder / part).mkdir(parents=True)
        for file in (COMPONENTS / pods.component).glob("*.*"):
            if file.suffix in (".sh", ".conf"):
                (self.folder / "scripts" / file.name).write_text(_moved(file.read_text()))
        (self.folder / "etc" / "redis.conf").write_text(
            _moved((POOL / "redis.conf").read_text()).replace("5gb", "64mb"))
        (self.folder / "secret" / "password").write_text(PASSWORD)
        (self.folder / "secret" / "auth.conf").write_text(
            f"requirepass {PASSWORD}\nmasterauth {PASSWORD}\n")
        run("ip", "netns", "add", name)
        run("ip", "link", "add", f"v{number}", "type", "veth", "peer", "name", "eth0", "netns",
            name)
        run("ip", "link", "set", f"v{number}", "master", "br0", "up")
        for link in ("lo", "eth0"):
            run("ip", "-n", name, "link", "set", link, "up")
        run("ip", "-n", name, "addr", "add", f"{self.address}/24", "dev", "eth0")

    @property
    def address(self) -> str:
        return f"10.9.0.{self.number}"

    def move(self) -> None:
        """As when it comes back on another machine."""
        run("ip", "-n", self.name, "addr", "flush", "dev", "eth0")
        self.number += 50
        run("ip", "-n", self.name, "addr", "add", f"{self.address}/24", "dev", "eth0")

    def _words(self, command: list[str]) -> list[str]:
        return ["ip", "netns", "exec", self.name, "unshare", "--mount", "--uts", "sh", "-c", _POD,
                "sh", self.name, str(self.folder), *map(_moved, command)]

    def start(self) -> None:
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                self._words(self.command), stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "POD_IP": self.address})

    def run(self, *command: str) -> str:
        return run(*self._words(list(command)))

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def ask(self, *words: str) -> str:
        """Of its Redis; empty while it does not answer."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, "redis-cli", "--no-auth-warning", "-a", PASSWORD,
             *words], text=True, check=False, timeout=20, capture_output=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    def role(self) -> str:
        return self.ask("role").partition("\n")[0]


class Pods:
    """The StatefulSets of a component, as their manifests have them."""

    def __init__(self, folder: Path, component: str, base: int = 10):
        self.folder, self.component, self.all = folder, component, {}
        for file in ("redis.yaml", "sentinel.yaml"):
            path = COMPONENTS / component / file
            if not path.exists():
                continue
            for entry in manifests_render.read_file(path).of("StatefulSet"):
                command = manifests_render.pod_spec(entry)["containers"][0]["command"]
                for number in range(entry.get("spec.replicas")):
                    name = f"{entry.name}-{number}"
                    self.all[name] = Pod(self, name, entry.get("spec.serviceName"),
                                         base + len(self.all), command)
        self.write_names()

    def write_names(self) -> None:
        """In place: it is mounted."""
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(
            f"{pod.address} {pod.name}.{pod.service}\n" for pod in self.all.values()))

    def start(self) -> None:
        for pod in self.all.values():
            pod.start()

    def end(self) -> None:
        for pod in self.all.values():
            pod.kill()

    def come_back_elsewhere(self) -> None:
        """All were away at once, and none is where it was."""
        self.end()
        for pod in self.all.values():
            pod.move()
        self.write_names()
        self.start()

    def remove(self) -> None:
        """Their networks, too, so that others can have the names."""
        self.end()
        for name in self.all:
            run("ip", "netns", "delete", name)

    def redis(self) -> list[Pod]:
        return [pod for name, pod in self.all.items() if name.startswith("redis-")]

    def logs(self) -> str:
        told = [f"{pod.name}: {pod.ask('role')!r}" for pod in self.redis()]
        return "\n".join(told + [f"{pod.name}: {line}" for pod in self.all.values()
                                 for line in (pod.folder / "log").read_text().splitlines()[-5:]])

    def wait_until(self, what: str, holds, within_s: float = 60) -> None:
        until = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > until:
                raise AssertionError(f"{what}: not within {within_s:.0f} s\n{self.logs()}")
            time.sleep(0.2)
