"""./dev interop: runs us against implementations of Stratum V2 that are not ours.

Against the published Rust libraries: every message in both directions, in both roles, between them
and a peer made of libs/noise and libs/sv2; then they are a pool for adit-miner, and mine on a real
pool of ours; and they are a client of our template distribution and a template provider for us.
Against published applications: their translator in front of our gateway, with a
Stratum V1 miner. What is not there is skipped, with the reason.
"""

import argparse
import contextlib
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import cargo
import children
import cmake
from console import Failure, run_verb, say
from up_layout import DEFAULT_PORT_BASE, SPAN, Layout

sys.path.insert(0, str(cmake.ROOT / "tests" / "support"))
import processes  # noqa: E402
from template_distribution import Provider  # noqa: E402

PRESET = "dev"
PATIENCE_S = 120.0
POOL_URL = re.compile(r"the pool is up: stratum2\+tcp://([^/]+)/(\S+)")
TRANSLATOR = "translator_sv2"
# Applications of the same repository that we cannot have as a counterpart, and why.
OTHERS = {"mining_device": "the registry has it, but this test does not know it",
          "pool_sv2": "it needs a Bitcoin Core with a template provider"}

# Every message there is (Sv2 8 and extension 0x0001): common, mining, template distribution, job
# declaration, negotiation of extensions.
MESSAGES = 5 + 21 + 7 + 8 + 3

# Where the newest libraries and the reference document differ: (message, what) to what we do.
# Anything that is not here fails the run.
DECIDED: dict[tuple[str, str], str] = {}


@dataclass
class Report:
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def note(self, name: str, why: str | None) -> None:
        if why is None:
            self.passed.append(name)
            say(f"   {name}: passed")
        else:
            self.failed.append(name)
            say(f"   {name}: FAILED: {why}")

    def skip(self, name: str, why: str) -> None:
        self.skipped.append(name)
        say(f"   {name}: skipped: {why}")


class Program(contextlib.AbstractContextManager):
    """A child whose lines are read; it is ended with its scope."""

    def __init__(self, *command):
        self._process = children.start(list(command), text=True, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT)
        self.lines: list[str] = []

    def line_with(self, pattern: str) -> re.Match:
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            if match := re.search(pattern, line):
                return match
        raise Failure(f"a program ended without saying {pattern}: {' / '.join(self.lines[-3:])}")

    def finish(self) -> int:
        """Waits for its end and reads the rest; returns its status."""
        try:
            rest, _ = self._process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            rest, _ = self._process.communicate()
            rest += f"\nfailed\tdid not end within {PATIENCE_S:.0f} s"
        self.lines += rest.splitlines()
        return self._process.returncode

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.communicate()


@dataclass
class Told:
    """What the lines of a peer come to."""

    same: int = 0
    messages: int = 0
    differs: list[tuple[str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    received: dict[str, int] = field(default_factory=dict)
    failure: str | None = None


def read_lines(lines: list[str]) -> Told:
    told = Told()
    for line in lines:
        match line.split("\t"):
            case ["same", direction, _, sample, _]:
                told.same += 1
                told.messages += direction == "sent" and sample == "0"
            case ["differs", direction, message, variant, what]:
                told.differs.append((message, f"{what} ({direction}, sample {variant})"))
                told.messages += direction == "sent" and variant == "0"
            case ["step", what]:
                told.steps.append(what)
            case ["received", message, count]:
                told.received[message] = int(count)
            case ["failed", why]:
                told.failure = why
    return told


def undecided(told: Told) -> list[str]:
    """The differences that the reference document has not settled; says the settled ones."""
    open_ones = []
    for message, what in told.differs:
        decision = DECIDED.get((message, what.split(" (")[0]))
        if decision:
            say(f"      {message}: {what}: {decision}")
        else:
            open_ones.append(f"{message}: {what}")
    return open_ones


def exchange(report: Report, name: str, listener: list, connector: list) -> None:
    with Program(*listener) as server:
        port, key = server.line_with(r"^listening\t(\d+)\t(\S+)").groups()
        with Program(*connector, f"127.0.0.1:{port}", key) as client:
            statuses = client.finish(), server.finish()
        told = [read_lines(program.lines) for program in (client, server)]
    why = next((one.failure for one in told if one.failure), None)
    differences = [text for one in told for text in undecided(one)]
    if not why and differences:
        why = f"{len(differences)} differences: {'; '.join(differences[:5])}"
    if not why and any(one.messages != MESSAGES for one in told):
        why = f"{told[0].messages} and {told[1].messages} messages were sent, of {MESSAGES}"
    if not why and (statuses != (0, 0) or not all(one.same for one in told)):
        why = f"ended with status {statuses[0]} and {statuses[1]}"
    if not why:
        say(f"      {told[0].messages} messages each way, channel bits and all, alike in "
            f"{sum(one.same for one in told)} comparisons")
    report.note(name, why)


def steps(report: Report, name: str, *command) -> None:
    with Program(*command) as program:
        status = program.finish()
    told = read_lines(program.lines)
    for what in told.steps:
        say(f"      {what}")
    if told.received:
        say("      received, decoded and encoded alike: "
            + ", ".join(f"{message} {count}" for message, count in told.received.items()))
    why = told.failure or (None if status == 0 else f"ended with status {status}")
    report.note(name, why)


@contextlib.contextmanager
def pool(binaries: Path, port_base: int):
    """A pool without miners; gives its address and its authority's key."""
    up = Path(__file__).with_name("up.py")
    with Program(sys.executable, "-B", up, "--binaries", binaries, "--no-miners", "--port-base",
                 port_base) as running:
        yield running.line_with(POOL_URL.pattern).groups()


def miner_on_their_pool(report: Report, binaries: Path, sri: Path) -> None:
    with Program(sri / "sri-peer", "pool") as server:
        port, key = server.line_with(r"^listening\t(\d+)\t(\S+)").groups()
        with Program(binaries / "adit-miner", "--url", f"stratum2+tcp://127.0.0.1:{port}/{key}",
                     "--user", "interop", "--standard", 1, "--extended", 1, "--threads", 1,
                     "--no-reconnect", "--for", "100s") as miner:
            status = server.finish()
            miner.finish()
    told = read_lines(server.lines)
    for what in told.steps:
        say(f"      {what}")
    report.note("adit-miner on a pool of the libraries",
                told.failure or (None if status == 0 else f"ended with status {status}"))


def template_distribution(report: Report, binaries: Path, sri: Path) -> None:
    """Templates of ours for the libraries, and theirs for a template service of ours."""
    ours = binaries / "adit-template"
    with tempfile.TemporaryDirectory(prefix="adit-interop-") as name, contextlib.ExitStack() as ends:
        folder = Path(name)
        redis = ends.enter_context(processes.Redis(folder))
        provider = ends.enter_context(Provider(ours, binaries / "aditctl", folder / "provider",
                                               redis.address))
        provider.start_and_wait()
        steps(report, "the libraries as client of our template distribution", sri / "sri-peer",
              "templates", provider.address, provider.authority)
        provider.stop()
        theirs = ends.enter_context(Program(sri / "sri-peer", "provider"))
        port, key = theirs.line_with(r"^listening\t(\d+)\t(\S+)").groups()
        service = ends.enter_context(processes.Service(ours, folder, {
            "redis": {"address": redis.address}, "spool": {"directory": "spool"},
            "nodes": [{"name": "libraries", "kind": "sv2-tp",
                       "url": f"sv2+tcp://127.0.0.1:{port}/{key}"}]}))
        service.start_and_wait()
        probe = ends.enter_context(Program(cmake.folder(PRESET) / "bin" / "template_probe",
                                           service.grpc, "mine", 3))
        mined = probe.finish()
        status = theirs.finish()
    told = read_lines(theirs.lines)
    for what in told.steps:
        say(f"      {what}")
    report.note("our template service on a template provider of the libraries",
                told.failure or (None if (mined, status) == (0, 0)
                                 else f"ended with status {mined} and {status}"))


def translator_config(address: str, authority: str, port: int) -> str:
    host, upstream_port = address.rsplit(":", 1)
    return f"""
downstream_address = "127.0.0.1"
downstream_port = {port}
max_supported_version = 2
min_supported_version = 2
downstream_extranonce2_size = 4
verify_payout = false
aggregate_channels = false
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
user_identity = "interop.translator"
"""


def translated(report: Report, program: Path, version: str, address: str, authority: str,
               layout: Layout) -> None:
    """A Stratum V1 miner behind their translator on our pool."""
    port = layout.port_base + 19
    config = layout.folder / "translator.toml"
    config.write_text(translator_config(address, authority, port))
    v1_miner = cmake.ROOT / "tests" / "interop" / "v1_miner.py"
    with Program(program, "-c", config, "-f", layout.folder / "translator.log"):
        with Program(sys.executable, "-B", v1_miner, f"127.0.0.1:{port}") as miner:
            status = miner.finish()
    told = read_lines(miner.lines)
    for what in told.steps:
        say(f"      {what}")
    report.note(f"{TRANSLATOR} {version} in front of our gateway",
                told.failure or (None if status == 0 else f"ended with status {status}"))


def applications(report: Report, address: str, authority: str, layout: Layout) -> None:
    version = cargo.newest(TRANSLATOR)
    if version is None:
        report.skip(TRANSLATOR, "the registry does not answer or has none")
    else:
        program, why = cargo.install(TRANSLATOR, version)
        if program is None:
            report.skip(TRANSLATOR, why)
        else:
            translated(report, program, version, address, authority, layout)
    for name, why in OTHERS.items():
        report.skip(name, why if cargo.newest(name) else "not published on the registry")


def say_versions() -> None:
    """Which libraries run, and whether the registry has newer ones."""
    known = cargo.versions()
    say("published libraries: " + ", ".join(f"{name} {known.get(name, '?')}"
                                            for name in cargo.LIBRARIES))
    for name in cargo.LIBRARIES:
        newest = cargo.newest(name)
        if newest is None:
            say(f"   {name}: the registry does not say what the newest is")
        elif newest != known.get(name):
            say(f"   {name}: the registry has {newest}; take it into tests/interop/sri/Cargo.toml")


def interop(arguments: argparse.Namespace) -> str:
    report = Report()
    say(cmake.build(PRESET, "interop-peer"))
    if arguments.binaries:
        binaries = arguments.binaries.resolve()
    else:
        say(cmake.build(PRESET, "pool"))
        binaries = cmake.folder(PRESET) / "bin"
    ours = cmake.folder(PRESET) / "bin" / "interop-peer"

    say("-- every message")
    exchange(report, "our peer with our peer", [ours, "listen"], [ours, "connect"])
    why = cargo.missing()
    if why:
        report.skip("the published Rust libraries", why)
        report.skip("the published Rust applications", why)
    else:
        sri = cargo.build_sri()
        theirs = sri / "sri-peer"
        say_versions()
        exchange(report, "the libraries as client of our peer", [ours, "listen"],
                 [theirs, "connect"])
        exchange(report, "the libraries as server of our peer", [theirs, "listen"],
                 [ours, "connect"])
        say("-- a pool of the libraries")
        miner_on_their_pool(report, binaries, sri)
        say("-- template distribution")
        say(cmake.build(PRESET, "template_probe"))
        template_distribution(report, binaries, sri)
        say("-- our pool")
        layout = Layout(arguments.port_base)
        with pool(binaries, arguments.port_base) as (address, authority):
            steps(report, "the libraries as miner on our pool", theirs, "mine", address, authority)
            steps(report, "the libraries negotiate extensions with our gateway", theirs,
                  "negotiate", address, authority)
            if arguments.quick:
                report.skip("the published Rust applications", "--quick")
            else:
                applications(report, address, authority, layout)
    if report.failed:
        raise Failure(f"{len(report.failed)} of {len(report.failed) + len(report.passed)}: "
                      f"{'; '.join(report.failed)}")
    if not why:
        decided = [f"{message}: {what}: {decision}"
                   for (message, what), decision in DECIDED.items()]
        say("differences that the reference document had to decide: "
            f"{'; '.join(decided) or 'none'}")
    return f"{len(report.passed)} passed, {len(report.skipped)} skipped"


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev interop", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true",
                        help="without the applications, whose first installation takes minutes")
    parser.add_argument("--port-base", type=int, default=DEFAULT_PORT_BASE + 2 * SPAN, metavar="N",
                        help="the pool's ports, as in ./dev up (default: %(default)s)")
    parser.add_argument("--binaries", type=Path, metavar="DIR",
                        help="run the pool's programs in DIR instead of building them")
    arguments = parser.parse_args()
    children.adopt_orphans()
    try:
        run_verb("dev interop", lambda: interop(arguments))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
