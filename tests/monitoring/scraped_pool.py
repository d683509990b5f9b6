"""A whole pool that is scraped: every service, with everything switched on that has metrics."""

import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path

from dev_up import DevUp
from processes import Redis, Service, free_port, wait_until
from up_scrape import parse_metrics

# By what Prometheus calls the service.
SERVICES = {"gateway": ("gateway",), "channel-manager": ("channel-manager-1", "channel-manager-2"),
            "template": ("template-1", "template-2"), "vardiff": ("vardiff",),
            "translator": ("translator", "translator-2")}


class ScrapedPool(contextlib.AbstractContextManager):
    """./dev up with a miner of each kind. Besides, the channel-managers wait for a replica of
    Redis, the second template replica distributes templates, and there is a second translator that
    aggregates and takes TLS."""

    def __init__(self, binaries: Path):
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="adit-metrics-")))
            # What a test freezes stays so until it is let go, however long that takes.
            self.up = stack.enter_context(DevUp(binaries, "--no-restart-wedged", sv1_miners=1))
            self.up.wait_until_up()
            self.replica = stack.enter_context(self._redis_replica(folder))
            for name in SERVICES["channel-manager"]:
                self.up.configure(name, "[redis]\n", "[redis]\nreplicas = 1\n")
            keys = "keys/gateway"
            self.up.configure("template-2", "[redis]\n", f"""[template_distribution]
listen = "127.0.0.1:{free_port()}"
key_file = "{keys}.key"
certificate_file = "{keys}.cert"

[redis]
""")
            self._translator = stack.enter_context(self._aggregating_translator(binaries, folder))
            self._stack = stack.pop_all()

    def __exit__(self, *what):
        return self._stack.__exit__(*what)

    def _redis_replica(self, folder: Path) -> Redis:
        (folder / "replica").mkdir()
        replica = Redis(folder / "replica")
        subprocess.run(["redis-cli", "-p", str(replica.port), "REPLICAOF", "127.0.0.1",
                        self.up.redis("CONFIG", "GET", "port").split()[1]],
                       check=True, capture_output=True, timeout=10)
        wait_until(lambda: "state=online" in self.up.redis("INFO", "replication"), "the replica")
        return replica

    def _aggregating_translator(self, binaries: Path, folder: Path) -> Service:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
                        "/CN=localhost", "-keyout", folder / "tls.key", "-out",
                        folder / "tls.pem"], check=True, capture_output=True, timeout=60)
        url = next(line.split("url = ")[1].strip('"') for line in
                   (self.up.folder / "translator.toml").read_text().splitlines()
                   if line.startswith("url = "))
        translator = Service(binaries / "adit-translator", folder, {
            "mode": "aggregated",
            "listen": {"address": f"127.0.0.1:{free_port()}",
                       "tls_address": f"127.0.0.1:{free_port()}"},
            "tls": {"certificate_file": "tls.pem", "key_file": "tls.key"},
            "pools": [{"url": url, "user_identity": "dev.aggregated"}]})
        translator.start_and_wait()
        return translator

    def scrape(self, name: str) -> str:
        return self._translator.get("/metrics")[1] if name == "translator-2" \
            else self.up.scrape(name)

    def value(self, service: str, metric: str, labels: dict | None = None) -> float:
        """The sum of its series with these labels, in all processes of a service."""
        wanted = set((labels or {}).items())
        return sum(value for name in SERVICES[service]
                   for (found, has), value in parse_metrics(self.scrape(name)).items()
                   if found == metric and wanted <= set(has))

    @contextlib.contextmanager
    def stopped(self, name: str):
        """Holds a process of the pool, or the replica of Redis, for as long as this lasts."""
        pid = self.replica.pid if name == "replica" else self.up.pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)
