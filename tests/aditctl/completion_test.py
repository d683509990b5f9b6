#!/usr/bin/env python3
"""Completion in the shells that are here. Usage: completion_test.py ADITCTL FAKE_ADMIN"""

import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import fake

ADITCTL, FAKE = sys.argv[1:3]

# Words, what must be offered, what must not be.
CASES = [
    (["gat"], {"gateways"}, {"channels"}),
    (["gateways", ""], {"list", "drain", "rotate-certificate"}, {"pool"}),
    (["gateways", "drain", "gateway-"], {"gateway-1", "gateway-2"}, {"list"}),
    (["gateways", "drain", "--w"], {"--wait"}, {"--wide"}),
    (["gateways", "list", "--o"], {"--output", "--order-by"}, {"--wait"}),
    (["pool", "--output", ""], {"table", "json", "jsonl"}, set()),
    (["dump", "chan"], {"channel-manager-1"}, {"gateway-1"}),
    (["workers", "get", "alice.r"], {"alice.rig1", "alice.rig2"}, {"bob.half"}),
    (["top", "--sort", "h"], {"hash-rate"}, {"worst"}),
    (["completion", ""], {"bash", "zsh", "fish"}, set()),
    (["connections", "list", "--gateway", "gateway-1"], {"gateway-1"}, {"gateway-2"}),
]


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.admin = fake.FakeAdmin(FAKE)
        cls.addClassCleanup(cls.admin.__exit__)

    def check(self, offered_of) -> None:
        for words, wanted, unwanted in CASES:
            with self.subTest(words=words):
                offered = set(offered_of(words))
                self.assertLessEqual(wanted, offered)
                self.assertFalse(unwanted & offered, offered)

    def shell(self, *command: str) -> list[str]:
        path = f"{Path(ADITCTL).parent}:{fake.environment()['PATH']}"
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60,
                              env=fake.environment(PATH=path, ADIT_ADMIN=self.admin.address))
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def test_the_tree_is_offered(self):
        self.check(lambda words: [line.split("\t")[0] for line in fake.run(
            ADITCTL, "__complete", *words, ADIT_ADMIN=self.admin.address).stdout.splitlines()])

    def test_without_an_admin_service_names_are_left_out_soon(self):
        done = fake.run(ADITCTL, "__complete", "gateways", "drain", "", ADIT_ADMIN="127.0.0.1:1")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_in_bash(self):
        self.check(lambda words: self.shell(
            "bash", "-c", 'source <(aditctl completion bash); COMP_WORDS=(aditctl "$@"); '
            'COMP_CWORD=$#; _aditctl; printf "%s\\n" "${COMPREPLY[@]}"', "bash", *words))

    def test_in_bash_names_may_have_colons(self):
        for words, wanted in ((("redis-127.0.0.1", ":", "63"), ["6379"]),
                              (("redis-127.0.0.1", ":"), ["6379"]),
                              (("redis-",), ["redis-127.0.0.1:6379"])):
            self.assertEqual(self.shell(
                "bash", "-c", 'source <(aditctl completion bash); COMP_WORDS=(aditctl dump "$@"); '
                'COMP_CWORD=$(($# + 1)); _aditctl; printf "%s\\n" "${COMPREPLY[@]}"', "bash",
                *words), wanted, words)

    @unittest.skipUnless(shutil.which("fish"), "no fish")
    def test_in_fish(self):
        self.check(lambda words: [line.split("\t")[0] for line in self.shell(
            "fish", "-c", "aditctl completion fish | source; complete -C "
            f"'aditctl {' '.join(words)}'")])

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_in_zsh(self):
        self.shell("zsh", "-fc", "autoload -Uz compinit && compinit -u -d /dev/null; "
                   "source <(aditctl completion zsh); whence -w _aditctl | grep -q function")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
