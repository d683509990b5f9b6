#!/usr/bin/env python3
"""Wrong input says what is wrong and what to do, and stops.

Usage: wrong_input_test.py FOLDER_OF_PROGRAMS
"""

import copy
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from processes import Redis, Service, free_port, to_toml, wait_until

BINARIES = Path(sys.argv[1]).resolve()
# Only bounds how long a program that hangs takes.
PATIENCE = 20
NOBODY = "127.0.0.1:1"
MAINNET_ADDRESS = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
REGTEST_ADDRESS = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
SERVICES = ("gateway", "channel-manager", "template", "vardiff", "translator")
TOOLS = ("adit-miner", "adit-auditor", "aditctl")

DEVCHAIN = {"name": "a", "kind": "devchain"}
BITCOIND = {"name": "a", "kind": "bitcoind"}

# Service, what is set (None takes it away), what the last line must say.
WRONG_SETTINGS = [
    ("gateway", {"noise.key_fil": "x"}, r'noise\.key_fil: unknown key; did you mean "key_file"\?'),
    ("gateway", {"nose": {}}, r'nose: unknown key; did you mean "noise"\?'),
    ("gateway", {"listen.address": "34250"}, r'listen\.address: "34250" is not host:port'),
    ("gateway", {"bus.listen": None}, r"bus\.listen: is missing, expected host:port"),
    ("gateway", {"limits": {"setup_deadline": "10"}}, r'limits\.setup_deadline: .*"10".*unit|'
                                                      r"limits\.setup_deadline: .*500ms"),
    ("gateway", {"limits": {"setup_deadline": 10}}, r"limits\.setup_deadline: missing unit, "),
    ("gateway", {"redis.address": "redis"}, r"redis\.address: is neither host:port nor unix:"),
    ("gateway", {"noise.key_file": "none.key"},
     r"cannot read .*none\.key: No such file or directory"),
    ("gateway", {"noise.key_file": "."}, r"is not a file"),
    ("gateway", {"noise.key_file": "open.key"},
     r"open\.key .*open to others \(mode 0644\); cure: chmod 600 .*open\.key"),
    ("gateway", {"noise.key_file": "authority.key"}, r"authority\.key: .*"),
    ("gateway", {"noise.certificate_file": "none.cert"}, r"cannot read .*none\.cert: "),
    ("gateway", {"noise.certificate_file": "foreign.cert"},
     r"foreign\.cert is for the static key .*; cure: aditctl keys sign --gateway .*gateway\.key"),
    ("gateway", {"noise.certificate_file": "expired.cert"},
     r"expired\.cert has expired: it is valid from .* UTC to .* UTC; "
     r"cure: aditctl keys sign --gateway .*gateway\.key"),
    ("channel-manager", {"payot": {}}, r'payot: unknown key; did you mean "payout"\?'),
    ("channel-manager", {"bus.gateways": ["gateway"]},
     r'bus\.gateways: "gateway" is not host:port'),
    ("channel-manager", {"payout.address": "nonsense", "payout.script": None},
     r'payout\.address: "nonsense": .*\(network is regtest\)'),
    ("channel-manager", {"payout.address": MAINNET_ADDRESS, "payout.script": None},
     rf'payout\.address: "{MAINNET_ADDRESS}": .*network.*\(network is regtest\)'),
    ("channel-manager", {"payout.address": REGTEST_ADDRESS}, r"payout\.address: .*only one of them"),
    ("channel-manager", {"payout.script": "0x00"}, r"payout\.script: is not hexadecimal"),
    ("channel-manager", {"network": "regtst"}, r'network: .*"?regtst"?.*regtest'),
    ("channel-manager", {"redis.command_timeout": "5"}, r"redis\.command_timeout: .*500ms"),
    ("channel-manager", {"shares": {"per_minute": 0}}, r"shares\.per_minute: .*0\.01"),
    ("template", {"noods": []}, r'noods: unknown key; did you mean "nodes"\?'),
    ("template", {"nodes": [{**BITCOIND, "user": "a", "password_file": "open.key"}]},
     r"open\.key .*chmod 600"),
    ("template", {"nodes": [{**BITCOIND, "user": "a", "password_file": "none"}]},
     r"nodes\[0\]\.password_file.*No such file"),
    ("template", {"nodes": [BITCOIND]}, r"nodes\[0\]\.cookie_file: or user and password_file"),
    ("template", {"nodes": [DEVCHAIN, {**DEVCHAIN, "name": "b"}]}, r"nodes: .*expected it to be the only one"),
    ("template", {"nodes": [{**DEVCHAIN, "kind": "devchian"}]},
     r'nodes\[0\]\.kind: "devchian" is not one of: .*devchain'),
    ("template", {"nodes": []}, r"nodes: is missing, expected a table \[\[nodes\]\]"),
    ("template", {"network": "main"}, r'nodes\[0\]\.kind: "devchain" needs network = "regtest"'),
    ("template", {"nodes": [{**DEVCHAIN, "block_interval": "5"}]},
     r"nodes\[0\]\.block_interval: .*500ms"),
    ("vardiff", {"traget": {}}, r'traget: unknown key; did you mean "target"\?'),
    ("vardiff", {"listen.grpc": "here"}, r'listen\.grpc: "here" is not host:port'),
    ("vardiff", {"log": {"level": "loud"}}, r"log\.level: .*loud.*info"),
    ("translator", {"listen.adress": "127.0.0.1:1"},
     r'listen\.adress: unknown key; did you mean "address"\?'),
    ("translator", {"pools": None}, r"pools: is missing, expected a table \[\[pools\]\]"),
    ("translator", {"pools": [{"url": "stratum+tcp://pool:1"}]},
     r'pools\[0\]\.url: "stratum\+tcp://pool:1": .*stratum2\+tcp://HOST:PORT/AUTHORITY_KEY'),
    ("translator", {"mode": "aggregated"}, r"pools\[0\]\.user_identity: is missing"),
    ("translator", {"miners": {"keep_alive": "2m"}}, r"miners\.keep_alive: .*80"),
    ("translator", {"listen.tls_address": "127.0.0.1:0", "tls": {
        "certificate_file": "none.pem", "key_file": "gateway.key"}},
     r"tls\.certificate_file: cannot read a certificate \(PEM\) in .*none\.pem"),
]

# Arguments of a tool, what it must say.
WRONG_WORDS = [
    ("adit-miner --user a", r"--url is required"),
    ("adit-miner --url nonsense --user a", r"--url nonsense: .*want stratum2\+tcp://"),
    ("adit-miner --url {url} --user a --for 5", r"'5' is no duration \(such as 60s"),
    ("adit-miner --url {url} --user a --throttle fast", r"'fast' is no rate \(such as 250k"),
    ("adit-miner --url {url} --user a --standard-jobs", r"--standard-jobs excludes extended"),
    ("adit-miner --url {url} --user a", r"127\.0\.0\.1:1: .*refused"),
    ("adit-miner --url {url} --user a --journal /none/j", r"cannot write the journal /none/j"),
    ("adit-auditor", r"--journal is required"),
    ("adit-auditor --redis nonsense --journal x", r"--redis nonsense: neither host:port nor unix:"),
    ("adit-auditor --redis 127.0.0.1:1 --journal none", r"cannot read none"),
    ("adit-auditor --redis 127.0.0.1:1 --journal empty", r"127\.0\.0\.1:1.*refused"),
    ("aditctl", r"[Ss]ubcommand is required|subcommand"),
    ("aditctl direct nodes --template 127.0.0.1:1",
     r"127\.0\.0\.1:1: .*--template names its listen\.grpc"),
    ("aditctl keys gateway --out /none/k", r"/none/k: No such file or directory"),
    ("aditctl keys gateway --out gateway.key", r"gateway\.key.*exists.*--force|--force"),
    ("aditctl keys show none", r"cannot read none: No such file"),
    ("aditctl keys sign --authority authority.key --gateway gateway.key --out c --valid-for 9",
     r"--valid-for 9: not a duration such as"),
    ("aditctl keys sign --authority open.key --gateway gateway.key --out c", r"chmod 600 open"),
]


def run(*command: object, folder: Path) -> subprocess.CompletedProcess:
    """Fails when it hangs."""
    return subprocess.run([str(word) for word in command], cwd=folder, text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=PATIENCE)


def change(config: dict, settings: dict) -> dict:
    config = copy.deepcopy(config)
    for path, value in settings.items():
        *tables, key = path.split(".")
        table = config
        for name in tables:
            table = table.setdefault(name, {})
        if value is None:
            table.pop(key)
        else:
            table[key] = value
    return config


class WrongInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="adit-wrong-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = Path(scratch.name)

        def keys(*words: str) -> str:
            done = run(BINARIES / "aditctl", "keys", *words, folder=cls.folder)
            assert done.returncode == 0, done.stdout
            return done.stdout

        cls.authority = keys("authority", "--out", "authority.key").split()[-1]
        for name in ("gateway", "other", "open"):
            keys("gateway", "--out", f"{name}.key")
        for key, name, valid in (("gateway", "gateway", "1h"), ("other", "foreign", "1h"),
                                 ("gateway", "expired", "1s")):
            keys("sign", "--authority", "authority.key", "--gateway", f"{key}.key", "--out",
                 f"{name}.cert", "--valid-for", valid)
        expires_at = time.time() + 2
        (cls.folder / "open.key").chmod(0o644)
        (cls.folder / "empty").touch()
        wait_until(lambda: time.time() > expires_at, "a certificate to expire")

    def config(self, service: str) -> dict:
        """A good one; nobody is where it says that others are."""
        own = {
            "gateway": {
                "listen": {"address": f"127.0.0.1:{free_port()}"},
                "noise": {"key_file": "gateway.key", "certificate_file": "gateway.cert"},
                "redis": {"address": NOBODY}, "bus": {"listen": f"127.0.0.1:{free_port()}"},
                "templates": {"replicas": [NOBODY]}, "vardiff": {"replicas": [NOBODY]}},
            "channel-manager": {
                "network": "regtest", "redis": {"address": NOBODY},
                "bus": {"gateways": [NOBODY]}, "templates": {"replicas": [NOBODY]},
                "payout": {"script": "0014" + "00" * 20}},
            "template": {"redis": {"address": NOBODY}, "spool": {"directory": "spool"},
                         "nodes": [DEVCHAIN]},
            "vardiff": {},
            "translator": {
                "listen": {"address": f"127.0.0.1:{free_port()}"},
                "pools": [{"url": f"stratum2+tcp://{NOBODY}/{self.authority}"}]},
        }[service]
        listen = {"grpc": f"127.0.0.1:{free_port()}", "http": f"127.0.0.1:{free_port()}"}
        return {**own, "listen": {**listen, **own.get("listen", {})}}

    def write(self, config: dict) -> Path:
        path = self.folder / "service.toml"
        path.write_text(to_toml(config), encoding="utf-8")
        return path

    def run_service(self, service: str, *words: object) -> subprocess.CompletedProcess:
        return run(BINARIES / f"adit-{service}", *words, folder=self.folder)

    def assert_refused(self, done: subprocess.CompletedProcess, pattern: str):
        """Status 1, and what is wrong in few lines, of which the last one says it."""
        said = done.stdout.strip()
        self.assertEqual(done.returncode, 1, said)
        self.assertLess(len(said.splitlines()), 12, said)
        self.assertNotRegex(said, r"terminate called|Sanitizer|core dumped|what\(\)")
        self.assertRegex(said.splitlines()[-1].replace('\\"', '"'), pattern)

    def test_each_service_says_what_is_wrong_with_its_settings(self):
        for service, settings, pattern in WRONG_SETTINGS:
            with self.subTest(service=service, settings=settings):
                config = self.write(change(self.config(service), settings))
                self.assert_refused(self.run_service(service, "--config", config), pattern)

    def test_each_service_checks_its_settings_without_starting(self):
        for service in SERVICES:
            with self.subTest(service=service):
                config = self.write(self.config(service))
                done = self.run_service(service, "--config", config, "--check-config")
                self.assertEqual(done.returncode, 0, done.stderr)
                # A service may say more: whom blocks pay.
                self.assertEqual(done.stdout.splitlines()[0], f"{config}: ok")
                config = self.write({**self.config(service), "nonsense": 1})
                done = self.run_service(service, "--config", config, "--check-config")
                self.assert_refused(done, "nonsense: unknown key")

    def test_each_service_says_why_it_cannot_read_its_file(self):
        (self.folder / "broken.toml").write_text("a = = 1\n")
        for service in SERVICES:
            for file, pattern in (("none.toml", r"none\.toml: cannot be read: No such file"),
                                  ("/", r"/: cannot be read: is a folder"),
                                  ("broken.toml", r"broken\.toml:1: not TOML")):
                with self.subTest(service=service, file=file):
                    self.assert_refused(self.run_service(service, "--config", file), pattern)

    def test_each_program_has_a_version_and_help(self):
        for program in (*(f"adit-{service}" for service in SERVICES), *TOOLS):
            with self.subTest(program=program):
                done = run(BINARIES / program, "--version", folder=self.folder)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertRegex(done.stdout, rf"^{program} \d+\.\d+\.\d+\n$")
                done = run(BINARIES / program, "--help", folder=self.folder)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertIn("Usage: ", done.stdout)

    def test_each_program_refuses_options_that_it_does_not_have(self):
        for program in (*(f"adit-{service}" for service in SERVICES), *TOOLS):
            with self.subTest(program=program):
                done = run(BINARIES / program, "--nonsense", folder=self.folder)
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertIn("--help", done.stdout)

    def test_the_tools_say_what_is_wrong_with_their_words(self):
        url = f"stratum2+tcp://{NOBODY}/{self.authority}"
        for words, pattern in WRONG_WORDS:
            with self.subTest(words=words):
                program, *arguments = words.format(url=url).split()
                done = run(BINARIES / program, *arguments, folder=self.folder)
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertLess(len(done.stdout.splitlines()), 12, done.stdout)
                self.assertNotRegex(done.stdout, r"terminate called|Sanitizer|core dumped")
                self.assertRegex(done.stdout, pattern)

    def test_each_service_names_a_port_that_is_in_use(self):
        cases = [(service, key) for service in SERVICES for key in ("grpc", "http")]
        for service, key in cases + [("gateway", "address"), ("translator", "address")]:
            with self.subTest(service=service, key=key), \
                    socket.create_server(("127.0.0.1", 0)) as holder:
                address = f"127.0.0.1:{holder.getsockname()[1]}"
                config = self.write(change(self.config(service), {f"listen.{key}": address}))
                self.assert_refused(
                    self.run_service(service, "--config", config),
                    rf"address in use: {address} \(listen\.{key}\); choose another port or stop")

    def test_a_gateway_names_the_port_of_its_bus_that_is_in_use(self):
        # It binds the bus once it has joined the pool.
        with Redis(self.folder) as redis, socket.create_server(("127.0.0.1", 0)) as holder:
            address = f"127.0.0.1:{holder.getsockname()[1]}"
            config = self.write(change(self.config("gateway"),
                                       {"redis.address": redis.address, "bus.listen": address}))
            self.assert_refused(self.run_service("gateway", "--config", config),
                                rf"{address}.*bus\.listen")

    def test_a_service_without_redis_says_so_and_waits(self):
        for service in ("gateway", "channel-manager", "template"):
            with self.subTest(service=service), \
                    Service(BINARIES / f"adit-{service}", self.folder, change(
                        self.config(service), {"listen.grpc": None, "listen.http": None})) \
                    as process:
                process.start()
                wait_until(lambda process=process: "redis is away" in process.text(),
                           f"a warning of {service}")
                self.assertRegex(process.text(),
                                 r'level=warning .*"redis is away".*reason="Connection refused"')
                status, said = wait_until(lambda process=process: self.unready(process),
                                          f"{service} to say that it is not ready")
                self.assertEqual(status, 503)
                print(f"{service} without Redis: {said.strip()}", flush=True)
                self.assertEqual(process.stop(), 0)

    @staticmethod
    def unready(service: Service) -> tuple[int, str] | None:
        answer = service.get("/readyz")
        return answer if answer[0] else None


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
