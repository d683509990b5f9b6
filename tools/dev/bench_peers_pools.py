"""The pools of ./dev bench peers: ours, and those of others whose programs are named in the
environment. Each is started on the same node, set so that nearly every hash is a share."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cmake
from interop_apps import AUTHORITY, AUTHORITY_SECRET, PAYOUT

sys.path.append(str(cmake.ROOT / "tests" / "support"))
import bitcoin_core
import sv2_tp
from processes import Process, Service, free_port, wait_until
from small_pool import SmallPool

# One hash, nearly: a regtest chain's blocks are harder, so that shares need not be blocks.
EASIEST_DIFFICULTY = 2.4e-10
# Channels say one hash a second: every pool of V2 then gives its easiest target.
V2_OPTIONS = ("--channels", "mixed", "--nominal-hash-rate", "1")
# The same key as PAYOUT's, as a test network has it: DATUM knows no regtest addresses.
TEST_PAYOUT = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"
# How old a template may get, while nothing but its time changes.
REFRESH = "30s"


@dataclass(frozen=True)
class Setting:
    """What a pool is started on and with."""

    node: bitcoin_core.Node
    binaries: Path
    folder: Path
    miners: int


class Pool(contextlib.ExitStack):
    """A running pool: its `url`, what miners are given as options, and its processes."""

    url: str
    options: tuple[str, ...] = ()

    def pids(self) -> list[int]:
        raise NotImplementedError

    def why_ended(self) -> str | None:
        """What the pool said last, where it runs no more."""
        return None

    def on_block(self) -> None:
        """The node has announced one: for who is not told by the node itself."""


class Ours(Pool):
    """Every service of ours that V2 miners need, and the Redis."""

    options = V2_OPTIONS

    def __init__(self, setting: Setting):
        super().__init__()
        node = setting.node
        self._pool = self.enter_context(SmallPool(
            setting.binaries, setting.folder, easiest_difficulty=EASIEST_DIFFICULTY,
            nodes=[{"name": "core", "kind": "bitcoind", "url": node.url,
                    "cookie_file": str(node.cookie), "refresh_interval": REFRESH}]))
        self.url = self._pool.url

    def processes(self) -> list[Process]:
        pool = self._pool
        return [pool.redis, pool.template, pool.worker, pool.gateway]

    def pids(self) -> list[int]:
        return [process.pid for process in self.processes()]

    def why_ended(self) -> str | None:
        for process in self.processes():
            if not process.is_running():
                return f"{Path(process.command[0]).name} ended: {process.text()[-300:]}"
        return None


class OursForV1(Ours):
    """The same with our translator in front."""

    options = ()

    def __init__(self, setting: Setting):
        super().__init__(setting)
        address = f"127.0.0.1:{free_port()}"
        self._translator = self.enter_context(Service(
            setting.binaries / "adit-translator", setting.folder,
            {"listen": {"address": address}, "pools": [{"url": self._pool.url}],
             "miners": {"nominal_hash_rate": 1.0},
             # What one miner may send is no part of the comparison.
             "limits": {"connections": setting.miners + 100, "lines_per_second": 100_000,
                        "lines_burst": 200_000}}))
        self._translator.start_and_wait()
        self.url = f"stratum+tcp://{address}"

    def processes(self) -> list[Process]:
        return [*super().processes(), self._translator]


class TheirPool(Pool):
    """Of others: one program, which listens when it is ready."""

    _process: Process

    def _run(self, command: list[str], folder: Path, port: int, what: str) -> None:
        self._process = self.enter_context(Process(command, folder / "pool.log"))
        self._process.start()
        wait_until(lambda: self._listens(port), f"{what} to listen", 60)

    def _listens(self, port: int) -> bool:
        if why := self.why_ended():
            raise AssertionError(why)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    def pids(self) -> list[int]:
        return tree_of(self._process.pid)

    def why_ended(self) -> str | None:
        if self._process.is_running():
            return None
        return f"{Path(self._process.command[0]).name} ended: {self._process.text()[-500:]}"


class SriPool(TheirPool):
    options = V2_OPTIONS

    def __init__(self, program: Path, setting: Setting):
        super().__init__()
        port = free_port()
        config = setting.folder / "pool.toml"
        config.write_text(f"""
authority_public_key = "{AUTHORITY}"
authority_secret_key = "{AUTHORITY_SECRET}"
cert_validity_sec = 3600
listen_address = "127.0.0.1:{port}"
coinbase_reward_script = "addr({PAYOUT})"
server_id = 1
pool_signature = "peer"
shares_per_minute = 6000.0
share_batch_size = 1
supported_extensions = []
required_extensions = []
{self._templates(setting)}
""")
        self._run(["env", "RUST_LOG=warn", str(program), "-c", str(config)], setting.folder, port,
                  program.name)
        self.url = f"stratum2+tcp://127.0.0.1:{port}/{AUTHORITY}"

    def _templates(self, setting: Setting) -> str:
        """From a template provider where one is named, else from the node itself."""
        if os.environ.get("ADIT_SV2_TP"):
            provider = self.enter_context(sv2_tp.TemplateProvider(setting.node))
            address, key = provider.url.removeprefix("sv2+tcp://").split("/")
            return (f'[template_provider_type.Sv2Tp]\naddress = "{address}"\n'
                    f'public_key = "{key}"\n')
        data = setting.folder / "core"
        (data / "regtest").mkdir(parents=True)
        (data / "regtest" / "node.sock").symlink_to(setting.node.ipc)
        return ("[template_provider_type.BitcoinCoreIpc]\nversion = 31\n"
                f'network = "regtest"\ndata_dir = "{data}"\nfee_threshold = 100\n'
                "min_interval = 5\n")


class CkPool(TheirPool):
    def __init__(self, program: Path, setting: Setting):
        super().__init__()
        port = low_port()
        config = setting.folder / "ckpool.conf"
        config.write_text(json.dumps({
            "btcd": [{"url": setting.node.url.removeprefix("http://"),
                      "cookie": str(setting.node.cookie), "auth": "x", "pass": "x",
                      "notify": True}],
            "btcaddress": PAYOUT, "btcsig": "/peer/", "blockpoll": 100, "donrate": 0,
            "nonce1length": 4, "nonce2length": 8, "update_interval": 30,
            "version_mask": "1fffe000", "serverurl": [f"127.0.0.1:{port}"],
            "mindiff": EASIEST_DIFFICULTY, "startdiff": EASIEST_DIFFICULTY,
            # Forks of it let none but those in.
            "useragent": ["cgminer", "bitaxe", "NerdMinerV2", "whatsminer", "bfgminer"],
            "zmqblock": setting.node.zmq, "logdir": str(setting.folder / "logs")}))
        self._run([str(program), "-c", str(config), "-s", str(setting.folder / "sockets"), "-n",
                   "peer"], setting.folder, port, program.name)
        wait_until(lambda: "Network diff set" in self._process.text(), "its first template")
        self.url = f"stratum+tcp://127.0.0.1:{port}"


class DatumGateway(TheirPool):
    def __init__(self, program: Path, setting: Setting):
        super().__init__()
        port = free_port()
        config = setting.folder / "datum.json"
        config.write_text(json.dumps({
            "bitcoind": {"rpccookiefile": str(setting.node.cookie),
                         "rpcurl": setting.node.url, "notify_fallback": True},
            "stratum": {"listen_addr": "127.0.0.1", "listen_port": port, "vardiff_min": 1,
                        "max_clients_per_thread": 1000, "max_threads": 8, "max_clients": 8000},
            "mining": {"pool_address": TEST_PAYOUT, "coinbase_tag_primary": "peer",
                       "coinbase_tag_secondary": "peer", "coinbase_unique_id": 1},
            "api": {"listen_port": 0},
            "logger": {"log_to_console": True, "log_to_file": False, "log_level_console": 2},
            "datum": {"pool_host": "", "pooled_mining_only": False}}))
        self._run([str(program), "-c", str(config)], setting.folder, port, program.name)
        self.url = f"stratum+tcp://127.0.0.1:{port}"

    def on_block(self) -> None:
        """As its documentation has the node's -blocknotify do."""
        os.kill(self._process.pid, signal.SIGUSR1)


def low_port() -> int:
    """ckpool takes ports above 4000 for those of miners that want a high difficulty."""
    for port in range(3300, 4000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port between 3300 and 4000")


def tree_of(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for parent in found:
        children = Path(f"/proc/{parent}/task/{parent}/children")
        with contextlib.suppress(OSError):
            found += [int(child) for child in children.read_text().split()]
    return found


@dataclass(frozen=True)
class Peer:
    """A pool of others, and what of ours does the same."""

    name: str
    variable: str
    theirs: type
    ours: type
    our_name: str
    differs: str  # what does not compare
    takes_shares: bool = True
    needs_ipc: bool = False
    says_version: bool = False
    options: tuple[str, ...] = ()  # of the load generator, for both

    def program(self) -> Path | None:
        named = os.environ.get(self.variable)
        if not named:
            return None
        program = Path(named).resolve()
        if not os.access(program, os.X_OK):
            raise AssertionError(f"{self.variable}={named} is no program")
        return program

    def version(self) -> str:
        """What ADIT_PEER_..._VERSION says, else the program where it can."""
        if told := os.environ.get(f"{self.variable}_VERSION"):
            return told
        if not self.says_version or self.program() is None:
            return f"{self.name}, of a version that {self.variable}_VERSION does not tell"
        done = subprocess.run([str(self.program()), "--version"], capture_output=True, text=True,
                              check=False, timeout=20, cwd="/tmp", stdin=subprocess.DEVNULL)
        lines = done.stdout.splitlines()
        return lines[0] if done.returncode == 0 and lines else f"{self.name}, version unknown"


PEERS = [
    Peer("pool_sv2", "ADIT_PEER_SRI_POOL", SriPool, Ours, "gateway, channel-manager, template, Redis",
         "pool_sv2 acknowledges each share by itself here (share_batch_size 1; its examples have "
         "10, which leaves a slow miner's share unanswered until nine more have come) and logs "
         "warnings only (its default is a line for each share).", needs_ipc=True, says_version=True),
    Peer("ckpool", "ADIT_PEER_CKPOOL", CkPool, OursForV1,
         "translator, gateway, channel-manager, template, Redis",
         "ckpool judges V1 shares itself; ours come as V1 to a translator that is a V2 client of "
         "the pool, which is two more processes and a Noise session on the way of each share."),
    Peer("datum_gateway", "ADIT_PEER_DATUM", DatumGateway, OursForV1,
         "translator, gateway, channel-manager, template, Redis",
         "datum_gateway has no difficulty below 1, which is 4.3 billion hashes a share: its shares "
         "are not measured. It is told of a new block by the signal that its documentation has "
         "bitcoind send. It serves its own miners with its own templates, without a pool "
         "behind it. Its miners, and ours beside it, greet as bitaxe does: it drops those that "
         "write their requests' ids as strings.", takes_shares=False,
         options=("--firmware", "bitaxe")),
]
