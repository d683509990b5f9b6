#!/usr/bin/env python3
"""`aditctl tls new` makes what mutual TLS wants. Usage: tls_test.py ADITCTL FAKE_ADMIN"""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import fake

ADITCTL, FAKE = sys.argv[1:3]


class Tls(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="adit-tls-")))
        self.tls = self.folder / "tls"

    def new(self, *words: object, status: int = 0) -> str:
        done = fake.run(ADITCTL, "tls", "new", "--ca", self.tls, *words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def pool(self, admin: fake.FakeAdmin, *words: object) -> subprocess.CompletedProcess:
        return fake.run(ADITCTL, "pool", "--admin", admin.address, "--timeout", "5s", *words)

    def files(self, name: str) -> list[object]:
        return ["--tls-ca", self.tls / "ca.pem", "--tls-cert", self.tls / f"{name}.pem",
                "--tls-key", self.tls / f"{name}.key"]

    def test_an_operator_with_a_certificate_is_served_and_nobody_else(self):
        said = self.new("--server", "pool.example.com", "127.0.0.1", "--client", "carol", "--role",
                        "operator")
        self.assertIn('certificate = "carol"', said)
        self.assertIn('role = "operator"', said)
        self.assertIn("client_ca_file", said)
        for file in self.tls.iterdir():
            self.assertEqual(file.stat().st_mode & 0o777, 0o600, file)
        self.assertEqual(len(list(self.tls.iterdir())), 6)
        admin = self.enterContext(fake.FakeAdmin(FAKE, *(str(self.tls / file) for file in
                                                         ("server.pem", "server.key", "ca.pem"))))
        done = self.pool(admin, *self.files("carol"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("870000", done.stdout)
        self.assertEqual(self.pool(admin).returncode, 5, "in the clear")
        self.assertEqual(self.pool(admin, "--tls-ca", self.tls / "ca.pem").returncode, 5,
                         "without a certificate")
        # Of another authority with the same name.
        mine, self.tls = self.tls, self.folder / "other"
        self.new("--client", "carol")
        done = self.pool(admin, "--tls-ca", mine / "ca.pem", *self.files("carol")[2:])
        self.assertEqual(done.returncode, 5)
        done = self.pool(admin, *self.files("carol"))
        self.assertEqual(done.returncode, 5, "another server")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_the_authority_stays_and_files_are_not_replaced_unasked(self):
        self.new("--client", "carol")
        authority = (self.tls / "ca.key").read_bytes()
        self.assertIn("exists", self.new("--client", "carol", status=1))
        self.new("--client", "carol", "--force")
        self.new("--client", "dave")
        self.assertEqual((self.tls / "ca.key").read_bytes(), authority)

    def test_wrong_words_make_nothing(self):
        for words in (["--client", "../carol"], ["--client", "ca"], ["--client", "carol", "--role",
                                                                     "king"]):
            self.new(*words, status=2)
        self.assertFalse(self.tls.exists())
        done = fake.run(ADITCTL, "pool", "--tls-cert", "x")
        self.assertEqual((done.returncode, "go together" in done.stderr), (2, True))
        done = fake.run(ADITCTL, "pool", "--tls-ca", self.folder / "none")
        self.assertEqual((done.returncode, "No such file" in done.stderr), (2, True))

    @unittest.skipUnless(shutil.which("openssl"), "no openssl")
    def test_openssl_agrees(self):
        self.new("--server", "pool.example.com", "192.0.2.7", "--client", "carol")
        for name, purpose in (("server", "sslserver"), ("carol", "sslclient")):
            subprocess.run(["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile",
                            self.tls / "ca.pem", self.tls / f"{name}.pem"], check=True,
                           capture_output=True)
        said = subprocess.run(["openssl", "x509", "-in", self.tls / "server.pem", "-noout", "-ext",
                               "subjectAltName"], check=True, capture_output=True, text=True).stdout
        self.assertIn("DNS:pool.example.com, IP Address:192.0.2.7", said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
