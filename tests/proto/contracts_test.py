"""The contracts under proto/: named as buf's STANDARD wants, and compatible with what was promised.

What was promised is baseline.binpb beside this: every message as of the last time somebody wrote

    tests/proto/contracts_test.py --promise BUILD_FOLDER

It is kept in the tree, so that a shallow clone has it. A contract file that it lacks fails the test: it
would be promised to nobody. Arguments: the folder for npm packages.
"""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "admin"))
sys.dont_write_bytecode = True

import npm_clients

BASELINE = HERE / "baseline.binpb"
SKIPPED = 77


def buf(*arguments: str, folder: Path = ROOT / "proto") -> subprocess.CompletedProcess:
    return subprocess.run([str(PROGRAM), *arguments], cwd=folder, capture_output=True, text=True,
                          timeout=120, check=False)


class Contracts(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="adit-proto-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def changed(self, file: str, old: str, new: str) -> Path:
        """A copy of the contracts in which one of them says something else."""
        copy = self.folder / "proto"
        shutil.copytree(ROOT / "proto", copy)
        text = (copy / file).read_text()
        self.assertIn(old, text)
        (copy / file).write_text(text.replace(old, new, 1))
        return copy

    def test_are_named_as_they_should(self):
        run = buf("lint")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_keep_what_was_promised(self):
        run = buf("breaking", "--against", str(BASELINE))
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_are_all_promised(self):
        run = buf("ls-files", str(BASELINE))
        promised = set(run.stdout.split())
        missing = {str(file.relative_to(ROOT / "proto"))
                   for file in (ROOT / "proto").rglob("*.proto")} - promised
        self.assertFalse(missing, f"not in {BASELINE.name}: {sorted(missing)}; promise them with "
                         "tests/proto/contracts_test.py --promise build/dev/clients")

    def test_a_wrong_name_is_found(self):
        copy = self.changed("adit/admin/v1/pool.proto", "uint32 height = 10;",
                            "uint32 Height = 10;")
        run = buf("lint", folder=copy)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("lower_snake_case", run.stdout)

    def test_a_broken_promise_is_found(self):
        for old, new, complaint in [
                ("uint32 height = 10;", "uint32 height = 99;", '"10"'),
                ("uint32 height = 10;", "string height = 10;", "type"),
                ("string user_identity = 2;", "string account = 2;", "name")]:
            file = "pool" if "height" in old else "channel"
            with self.subTest(old=old, new=new):
                copy = self.changed(f"adit/admin/v1/{file}.proto", old, new)
                run = buf("breaking", "--against", str(BASELINE), folder=copy)
                self.assertNotEqual(run.returncode, 0, "was taken")
                self.assertIn(complaint, run.stdout)
                shutil.rmtree(copy)


def promise() -> None:
    kept = buf("breaking", "--against", str(BASELINE)) if BASELINE.exists() else None
    if kept is not None and kept.returncode != 0:
        sys.exit(f"these break what was promised:\n{kept.stdout}{kept.stderr}")
    made = buf("build", "--exclude-source-info", "-o", str(BASELINE))
    print(made.stdout + made.stderr + f"{BASELINE} is what proto/ says now")


if __name__ == "__main__":
    try:
        PROGRAM = npm_clients.buf(Path(sys.argv.pop()).resolve())
    except npm_clients.Unavailable as why:
        print(f"skipped: {why}")
        sys.exit(SKIPPED)
    if "--promise" in sys.argv:
        promise()
    else:
        unittest.main(verbosity=2)
