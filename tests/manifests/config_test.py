#!/usr/bin/env python3
"""Every service takes the configuration that each overlay mounts for it: what is mounted is laid
out in a folder, with keys made as deploy/kubernetes/README.md says, and read by its --check-config.

Usage: config_test.py FOLDER_OF_PROGRAMS FOLDER_FOR_PACKAGES
"""

import base64
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools" / "dev"))

import manifests_operator
import manifests_render
import manifests_rules
import manifests_tools
from manifests_render import Object, Render, pod_spec

PROGRAMS, FOLDER = (Path(sys.argv.pop(1)).resolve() for _ in range(2))
# One of each chain, for a script that anybody can spend.
ADDRESSES = {"regtest": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
             "signet": "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
             "testnet4": "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
             "main": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}


def make(*command) -> str:
    return subprocess.run([str(word) for word in command], check=True, text=True, timeout=60,
                          capture_output=True).stdout


class OperatorsFiles:
    """The files that the README has the operator make, by name."""

    def __init__(self, folder: Path):
        self.folder = folder
        keys = [PROGRAMS / "aditctl", "keys"]
        said = make(*keys, "authority", "--out", folder / "authority.key")
        make(*keys, "gateway", "--out", folder / "gateway.key")
        make(*keys, "sign", "--authority", folder / "authority.key", "--gateway",
             folder / "gateway.key", "--valid-for", "30d", "--out", folder / "gateway.cert")
        make(PROGRAMS / "aditctl", "tls", "new", "--ca", folder, "--server", "admin", "localhost",
             "--client", "operator", "--role", "operator")
        (folder / "password").write_text("secret\n")
        (folder / "auth.conf").write_text("requirepass secret\nmasterauth secret\n")
        (folder / "pools.toml").write_text(
            f'[[pools]]\nurl = "stratum2+tcp://gateway:24250/{said.split()[-1]}"\n')

    def text(self, key: str, network: str) -> str:
        if key == "payout.toml":
            return f'[payout]\naddress = "{ADDRESSES[network]}"\n'
        return (self.folder / key).read_text()


def network_of(render: Render) -> str:
    data = next(entry.data["data"] for entry in render.of("ConfigMap")
                if manifests_render.plain_name(entry.name) == "network")
    return data["network.toml"].split('"')[1]


def absent_secrets(root: Path) -> list[str]:
    """Those that the configuration names and nothing mounts: not all are read by --check-config."""
    named = [path for file in (root / "etc/adit").glob("*.toml")
             for path in re.findall(r'"([^"]*/run/secrets/[^"]*)"', file.read_text())]
    return [path for path in named if not Path(path).is_file()]


class Configurations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.renders = manifests_render.render_all(manifests_tools.kubectl(FOLDER))
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.operator = OperatorsFiles(Path(cls.temporary.name))

    def held(self, render: Render, kind: str, name: str) -> dict[str, str]:
        entry = render.find(kind, name)
        if entry is not None and kind == "Secret":
            return {key: base64.b64decode(text).decode()
                    for key, text in entry.data["data"].items()}
        if entry is not None:
            return entry.data["data"]
        made = next(made for made in manifests_operator.made()
                    if (made.kind, made.name) == (kind, name))
        return {key: self.operator.text(key, network_of(render)) for key in made.keys}

    def mount(self, render: Render, workload: Object, root: Path) -> None:
        """What the first container sees of ConfigMaps and Secrets."""
        volumes = {volume["name"]: volume for volume in pod_spec(workload).get("volumes", [])}
        for mount in pod_spec(workload)["containers"][0].get("volumeMounts", []):
            volume = volumes.get(mount["name"], {})
            folder = root / mount["mountPath"].lstrip("/")
            folder.mkdir(parents=True, exist_ok=True)
            for source in volume.get("projected", {}).get("sources", [volume]):
                for key, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
                    if key not in source:
                        continue
                    ref = source[key]
                    held = self.held(render, kind, ref.get("name") or ref["secretName"])
                    paths = {item["key"]: item["path"] for item in ref.get("items", [])} \
                        or {name: name for name in held}
                    for name, path in paths.items():
                        self.assertFalse((folder / path).exists(), f"{path} is mounted twice")
                        # Absolute paths begin in the folder that is the root here.
                        text = held[name].replace('"/run/', f'"{root}/run/') \
                            .replace('"/var/', f'"{root}/var/')
                        (folder / path).write_text(text)
                        (folder / path).chmod(ref.get("defaultMode", 0o644))

    def test_every_service_takes_what_is_mounted(self):
        for render in self.renders:
            for name in manifests_rules.OURS:
                with self.subTest(render.name, service=name), \
                        tempfile.TemporaryDirectory() as temporary:
                    root = Path(temporary)
                    workload = next(entry for entry in render.workloads() if entry.name == name)
                    self.mount(render, workload, root)
                    self.assertEqual(absent_secrets(root), [])
                    container = pod_spec(workload)["containers"][0]
                    option, config = container["args"]
                    done = subprocess.run(
                        [PROGRAMS / f"adit-{name}", option, root / config.lstrip("/"),
                         "--check-config"], text=True, capture_output=True, check=False, timeout=60)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertIn("ok", done.stdout)

    def test_a_secret_that_is_not_mounted_is_missed(self):
        """So that what passes above has read one."""
        render = self.renders[0]
        gateway = next(entry for entry in render.workloads() if entry.name == "gateway")
        with tempfile.TemporaryDirectory() as temporary:
            root = Path(temporary)
            self.mount(render, gateway, root)
            shutil.rmtree(root / "run/secrets/adit/redis")
            done = subprocess.run([PROGRAMS / "adit-gateway", "--config",
                                   root / "etc/adit/gateway.toml", "--check-config"], text=True,
                                  capture_output=True, check=False, timeout=60)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("run/secrets/adit/redis/password", done.stderr)


if __name__ == "__main__":
    try:
        manifests_tools.kubectl(FOLDER)
    except manifests_tools.Unavailable as why:
        print(f"SKIP: {why}")
        sys.exit(77)
    unittest.main()
