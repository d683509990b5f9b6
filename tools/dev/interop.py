"""./dev interop: runs us against implementations of Stratum V2 that are not ours.

Against the published Rust libraries: every message in both directions, in both roles, between them
and a peer made of libs/noise and libs/sv2; then they are a pool for adit-miner, and mine on a real
pool of ours; and they are a client of our template distribution and a template provider for us.
Against published applications: their translator in front of our gateway, with a Stratum V1 miner
whose shares are in our ledger; and their pool on templates of ours, with adit-miner and with Stratum
V1 miners behind our translator.
What is not there is skipped, with the reason.
"""

import argparse
import contextlib
import re
import sys
import tempfile
from pathlib import Path

import cargo
import children
import cmake
import interop_apps
from console import Failure, run_verb, say
from interop_peer import Program, Report, Told, read_lines
from up_layout import DEFAULT_PORT_BASE, SPAN, Layout

sys.path.insert(0, str(cmake.ROOT / "tests" / "support"))
import processes  # noqa: E402
from template_distribution import Provider  # noqa: E402

PRESET = "dev"
POOL_URL = re.compile(r"the pool is up: stratum2\+tcp://([^/]+)/(\S+)")

# Every message there is (Sv2 8 and extension 0x0001): common, mining, template distribution, job
# declaration, negotiation of extensions.
MESSAGES = 5 + 21 + 7 + 8 + 3

# Where the newest libraries and the reference document differ: (message, what) to what we do.
# Anything that is not here fails the run.
DECIDED: dict[tuple[str, str], str] = {}


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
                say("-- applications")
                interop_apps.translator(report, binaries, address, authority, layout)
        if not arguments.quick:
            interop_apps.pool(report, binaries)
            interop_apps.others(report)
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
