"""./dev interop with the published applications: their translator on our pool, and their pool on our
templates."""

import contextlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import cargo
import cmake
from console import say
from interop_peer import Program, Report, read_lines
from up_layout import Layout
from up_scrape import listens

sys.path.insert(0, str(cmake.ROOT / "tests" / "support"))
import processes  # noqa: E402
from template_distribution import Provider  # noqa: E402

TRANSLATOR = "translator_sv2"
POOL = "pool_sv2"
# Applications of the same repository that we cannot have as a counterpart, and why.
OTHERS = {"mining_device": "the registry has it, but this test does not know it"}
V1_MINER = cmake.ROOT / "tests" / "interop" / "v1_miner.py"
V1_SHARES = 3
# How our translator is a miner of theirs.
MODES = ("per-miner", "aggregated")

# A pair of keys that is only ever used here.
AUTHORITY = "9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72"
AUTHORITY_SECRET = "mkDLTBBRxdBv998612qipDYoTK3YUrqLe8uWw7gu3iXbSrn2n"
# Regtest's address for the public key of the secret 1: anybody can spend it, nobody gains by it.
PAYOUT = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
# So hard that no share is a block; the chain itself finds one every few seconds.
CHAIN = {"name": "chain", "kind": "devchain", "difficulty": 1000.0, "block_interval": "1h",
         "refresh_interval": "3s", "foreign_blocks": "8s"}


def installed(report: Report, name: str) -> tuple[Path, str] | None:
    """A published program and its version; says why where there is none."""
    version = cargo.newest(name)
    if version is None:
        report.skip(name, "the registry does not answer or has none")
        return None
    program, why = cargo.install(name, version)
    if program is None:
        report.skip(name, why)
        return None
    return program, version


def others(report: Report) -> None:
    for name, why in OTHERS.items():
        report.skip(name, why if cargo.newest(name) else "not published on the registry")


def say_steps(lines: list[str]) -> str | None:
    """Says what was done; returns why the rest was not."""
    told = read_lines(lines)
    for what in told.steps:
        say(f"      {what}")
    return told.failure


def ended(why: str | None, status: int) -> str | None:
    return why or (None if status == 0 else f"ended with status {status}")


def translator_account(aggregates: bool) -> str:
    return "shared" if aggregates else "single"


def translator_config(address: str, authority: str, port: int, aggregates: bool) -> str:
    host, upstream_port = address.rsplit(":", 1)
    return f"""
downstream_address = "127.0.0.1"
downstream_port = {port}
max_supported_version = 2
min_supported_version = 2
downstream_extranonce2_size = 4
verify_payout = false
aggregate_channels = {str(aggregates).lower()}
supported_extensions = [2]
required_extensions = []

[downstream_difficulty_config]
min_individual_miner_hashrate = 100_000.0
shares_per_minute = 60.0
enable_vardiff = false
job_keepalive_interval_secs = 60

[[upstreams]]
address = "{host}"
port = {upstream_port}
authority_pubkey = "{authority}"
user_identity = "{translator_account(aggregates)}.translator"
"""


def credited(aditctl: Path, redis: str, account: str) -> int:
    """Accepted shares of an account in our ledger."""
    said = subprocess.run([aditctl, "direct", "shares", "--redis", redis], text=True, check=False,
                          capture_output=True).stdout
    found = re.search(rf"(?m)^{re.escape(account)} accepted=(\d+)", said)
    return int(found.group(1)) if found else 0


def translator(report: Report, binaries: Path, address: str, authority: str,
               layout: Layout) -> None:
    """A Stratum V1 miner behind their translator on our pool: its shares are in our ledger."""
    found = installed(report, TRANSLATOR)
    if found is None:
        return
    program, version = found
    for aggregates in (False, True):
        how = "a channel for all miners" if aggregates else "a channel for each miner"
        name = f"{TRANSLATOR} {version} in front of our gateway, {how}"
        port = processes.free_port()
        config = layout.folder / f"translator-{translator_account(aggregates)}.toml"
        config.write_text(translator_config(address, authority, port, aggregates))
        with Program(program, "-c", config, "-f", config.with_suffix(".log")):
            report.note(name, mined_v1(port, binaries / "aditctl", layout.address("redis"),
                                       translator_account(aggregates)))


def mined_v1(port: int, aditctl: Path, redis: str, account: str) -> str | None:
    """Why a Stratum V1 miner's shares are not in our ledger, or None."""
    with Program(sys.executable, "-B", V1_MINER, f"127.0.0.1:{port}") as miner:
        status = miner.finish()
    if why := ended(say_steps(miner.lines), status):
        return why
    try:
        processes.wait_until(lambda: credited(aditctl, redis, account) >= V1_SHARES,
                             f"{V1_SHARES} shares of {account} in the ledger", 30)
    except AssertionError as error:
        return str(error)
    say(f"      {credited(aditctl, redis, account)} shares of it in our ledger")
    return None


def pool_config(port: int, provider: Provider) -> str:
    return f"""
authority_public_key = "{AUTHORITY}"
authority_secret_key = "{AUTHORITY_SECRET}"
cert_validity_sec = 3600
listen_address = "127.0.0.1:{port}"
coinbase_reward_script = "addr({PAYOUT})"
server_id = 1
pool_signature = "interop"
shares_per_minute = 60.0
share_batch_size = 1
supported_extensions = [2]
required_extensions = []

[template_provider_type.Sv2Tp]
address = "{provider.address}"
public_key = "{provider.authority}"
"""


class TheirPool:
    """pool_sv2 with a template service of ours."""

    def __init__(self, program: Path, binaries: Path, folder: Path, ends: contextlib.ExitStack):
        redis = ends.enter_context(processes.Redis(folder))
        provider = ends.enter_context(Provider(binaries / "adit-template", binaries / "aditctl",
                                               folder / "provider", redis.address, node=CHAIN))
        provider.start_and_wait()
        self.port = processes.free_port()
        self.log = folder / "pool_sv2.log"
        config = folder / "pool.toml"
        config.write_text(pool_config(self.port, provider))
        self._process = ends.enter_context(
            processes.Process([str(program), "-c", str(config)], self.log))
        self._process.start()
        processes.wait_until(self._listens, f"{POOL} to listen")

    def _listens(self) -> bool:
        if not self._process.is_running():
            raise AssertionError(f"{POOL} ended: {self._process.text()[-500:]}")
        return listens(self.port)

    @property
    def url(self) -> str:
        return f"stratum2+tcp://127.0.0.1:{self.port}/{AUTHORITY}"

    def accepted(self, kind: str) -> int:
        """Shares that it has taken, of standard or extended channels."""
        return len(re.findall(rf"SubmitShares{kind}: .*✅", self._process.text()))

    def refused(self) -> list[str]:
        return re.findall(r"SubmitSharesError: .*error_code: ([a-z-]+)", self._process.text())


def pool(report: Report, binaries: Path) -> None:
    found = installed(report, POOL)
    if found is None:
        return
    program, version = found
    with tempfile.TemporaryDirectory(prefix="adit-interop-") as name, contextlib.ExitStack() as ends:
        folder = Path(name)
        theirs = TheirPool(program, binaries, folder, ends)
        our_miner(report, f"{POOL} {version}", binaries, theirs)
        for mode in MODES:
            our_translator(report, f"{POOL} {version}", binaries, theirs, mode)


def our_miner(report: Report, pool_name: str, binaries: Path, theirs: TheirPool) -> None:
    with Program(binaries / "adit-miner", "--url", theirs.url, "--user", "interop", "--standard", 1,
                 "--extended", 1, "--threads", 1, "--nominal-hash-rate", "300k", "--for",
                 "30s") as miner:
        miner.finish()
    counts = {kind: theirs.accepted(kind) for kind in ("Standard", "Extended")}
    refused = theirs.refused()
    say(f"      accepted: {counts['Standard']} shares of a standard channel, "
        f"{counts['Extended']} of an extended one; refused: {', '.join(refused) or 'none'}")
    why = None
    if min(counts.values()) < V1_SHARES:
        why = f"too few shares: {miner.lines[-1] if miner.lines else 'the miner said nothing'}"
    elif len(refused) > 1:  # one may be late for a new tip
        why = f"{len(refused)} shares were refused"
    report.note(f"adit-miner on {pool_name} with our templates", why)


def our_translator(report: Report, pool_name: str, binaries: Path, theirs: TheirPool,
                   mode: str) -> None:
    """Two Stratum V1 miners behind our translator on their pool. Aggregated, their pool sees about
    every second share: those that meet its target for both together."""
    name = f"our translator ({mode}) on {pool_name}"
    before = theirs.accepted("Extended"), len(theirs.refused())
    with contextlib.ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="adit-interop-")))
        port = processes.free_port()
        service = ends.enter_context(processes.Service(
            binaries / "adit-translator", folder,
            {"mode": mode, "listen": {"address": f"127.0.0.1:{port}"},
             "pools": [{"url": theirs.url, "user_identity": "interop"}],
             "miners": {"nominal_hash_rate": 1e5},
             "vardiff": {"shares_per_minute": 60, "easiest_difficulty": 1e-6,
                         "start_hash_rate": 1e5}}))
        service.start_and_wait()
        miners = [ends.enter_context(Program(sys.executable, "-B", V1_MINER, f"127.0.0.1:{port}",
                                             10)) for _ in range(2)]
        statuses = [miner.finish() for miner in miners]
        whys = [ended(say_steps(miner.lines), status) for miner, status in zip(miners, statuses)]
        status = service.stop()
    accepted = theirs.accepted("Extended") - before[0]
    refused = theirs.refused()[before[1]:]
    say(f"      their pool accepted {accepted} shares; refused: {', '.join(refused) or 'none'}")
    why = next(filter(None, whys), None) or ended(None, status)
    if why is None and accepted < (20 if mode == "per-miner" else 1):
        why = "their pool has not seen the shares that were accepted"
    if why is None and len(refused) > 2:  # late ones
        why = f"{len(refused)} shares were refused"
    report.note(name, why)
