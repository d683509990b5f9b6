#!/usr/bin/env python3
"""The web pages of the real adit-admin as a browser asks for them: names, TLS, bounds, end.

Usage: admin_test.py FOLDER_OF_PROGRAMS
"""

import contextlib
import gzip
import http.client
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from processes import PATIENCE, Redis, Service, free_port, wait_until

BINARIES = Path(sys.argv[1]).resolve()


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_certificates(folder: Path) -> None:
    """An authority, a certificate for the console and one for an operator."""
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority",
            "-days", "2")
    for name in ("console", "operator"):
        (folder / f"{name}.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", f"{name}.pem", "-days", "2", "-extfile", f"{name}.ext")


class Pages(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="adit-console-")))
        self.redis = self.enterContext(Redis(self.folder))
        self.port = free_port()

    def admin(self, **tables: dict) -> Service:
        console = {"listen": f"127.0.0.1:{self.port}", **tables.pop("console", {})}
        config = {"redis": {"address": self.redis.address}, "console": console,
                  "api": {"listen": f"127.0.0.1:{free_port()}", "insecure_loopback": True},
                  **tables}
        service = Service(BINARIES / "adit-admin", self.folder, config)
        service.start_and_wait()
        self.addCleanup(service.stop)
        return service

    def get(self, path: str, port: int | None = None, **headers: str):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers=headers)
        return connection.getresponse()

    def test_serves_the_page_packed_and_once(self):
        self.admin()
        answer = self.get("/", **{"Accept-Encoding": "gzip"})
        self.assertEqual((answer.status, answer.headers["Content-Encoding"]), (200, "gzip"))
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        page = gzip.decompress(answer.read()).decode()
        self.assertIn("<title>adit console</title>", page)
        again = self.get("/workers", **{"If-None-Match": answer.headers["ETag"]})
        self.assertEqual((again.status, again.read()), (304, b""))
        script = page.split('src="')[1].split('"')[0]
        answer = self.get(script)
        self.assertIn("immutable", answer.headers["Cache-Control"])
        self.assertIn("javascript", answer.headers["Content-Type"])

    def test_answers_its_own_names_alone(self):
        self.admin(console={"hosts": ["pool.lan"]})
        for host in ("localhost", f"127.0.0.1:{self.port}", "pool.lan"):
            self.assertEqual(self.get("/api/pool", Host=host).status, 200, host)
        for host in ("rebound.example", "127.0.0.1.rebound.example", "10.0.0.1"):
            self.assertEqual(self.get("/api/pool", Host=host).status, 421, host)

    def test_tells_what_is_new_once_a_second(self):
        self.admin()
        stream = self.get("/api/events?topics=services")
        self.assertEqual(stream.headers["Content-Type"], "text/event-stream")
        ticks, last = 0, ""
        while ticks < 3:
            line = stream.readline().decode().strip()
            ticks += line == "event: tick"
            if line.startswith("id: "):
                last = line[4:]
        # Who comes back with the last id is told what is new since, which is no service again.
        back = self.get("/api/events?topics=services", **{"Last-Event-ID": last})
        said = b""
        while b"event: tick" not in said:
            said += back.readline()
        self.assertIn(b"event: pool", said)
        self.assertNotIn(b"event: problems", said)

    def test_ends_with_open_streams_when_it_is_asked_to(self):
        service = self.admin()
        stream = self.get("/api/events")
        stream.readline()
        self.assertEqual(service.stop(), 0, service.text())

    @unittest.skipUnless(shutil.which("openssl"), "no openssl")
    def test_asks_browsers_for_certificates_where_it_is_told_to(self):
        make_certificates(self.folder)
        self.admin(**{"console.tls": {"certificate_file": "console.pem", "key_file": "console.key",
                                      "client_ca_file": "ca.pem"}})

        def get(certificate: str | None):
            context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
            if certificate:
                context.load_cert_chain(self.folder / f"{certificate}.pem",
                                        self.folder / f"{certificate}.key")
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE,
                                                     context=context)
            self.addCleanup(connection.close)
            connection.request("GET", "/api/pool")
            return connection.getresponse()

        answer = get("operator")
        self.assertEqual(answer.status, 200)
        self.assertIn("max-age", answer.headers["Strict-Transport-Security"])
        with self.assertRaises((ssl.SSLError, OSError, http.client.HTTPException)):
            get(None)
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.get("/api/pool")  # without TLS

    @unittest.skipUnless(shutil.which("openssl"), "no openssl")
    def test_a_new_certificate_serves_the_connections_that_come_after(self):
        make_certificates(self.folder)
        service = self.admin(**{"console.tls": {"certificate_file": "console.pem",
                                                "key_file": "console.key"}})
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))

        def name() -> str:
            """Of the certificate that a new connection is shown."""
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE,
                                                     context=context)
            with contextlib.closing(connection):
                connection.connect()
                subject = connection.sock.getpeercert()["subject"]
            return dict(pair[0] for pair in subject)["commonName"]

        self.assertEqual(name(), "console")
        (self.folder / "console.pem").write_text("half of a certificate")
        wait_until(lambda: "TLS files not taken" in service.text(), "the files to be refused")
        self.assertIn("console.tls.certificate_file", service.text())
        self.assertEqual(name(), "console", "what was there goes on")
        for suffix in ("pem", "key"):
            shutil.copyfile(self.folder / f"operator.{suffix}", self.folder / f"console.{suffix}")
        wait_until(lambda: name() == "operator", "the new certificate to serve")
        self.assertEqual(service.stop(), 0)

    def test_does_not_listen_for_other_machines_without_being_told_how(self):
        config = self.folder / "open.toml"
        config.write_text("[redis]\naddress = \"127.0.0.1:1\"\n[console]\nlisten = \"0.0.0.0:0\"\n")
        done = subprocess.run([BINARIES / "adit-admin", "--check-config", "--config", config],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("console.listen: other machines could see everything",
                      done.stdout + done.stderr)

    def test_outlives_a_browser_that_says_nothing_and_one_that_does_not_read(self):
        service = self.admin()
        with socket.create_connection(("127.0.0.1", self.port)), \
                socket.create_connection(("127.0.0.1", self.port)) as deaf:
            deaf.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertEqual(self.get("/api/pool").status, 200)
            wait_until(service.is_ready, "adit-admin to be ready")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
