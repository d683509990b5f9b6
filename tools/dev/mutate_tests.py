"""Which tests look at which file, and what they say of a mutant, for ./dev mutate."""

import os
import re
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import children
import mutate_together
from console import Failure

# A mutant that loops is ended after so many times what the tests take, and a little.
CPU_TIMES, CPU_MORE_S = 4, 3
# By the clock it may take longer: the machine may be busy, and a mutant may wait for ever.
CLOCK_TIMES, CLOCK_MORE_S = 10, 240
MEMORY_MAX = 4 << 30


@dataclass(frozen=True)
class Program:
    name: str  # under bin/
    arguments: tuple[str, ...] = ()
    is_long: bool = False  # asked last

    def __str__(self) -> str:
        return " ".join((self.name, *self.arguments))


def _unit(name: str, filters: str = "*") -> Program:
    return Program(name, (f"--gtest_filter={filters}", "--gtest_fail_fast", "--gtest_brief=1"))


def _redis(filters: str) -> Program:
    return _unit("ledger_integration_tests", filters)


SIMULATION = Program("pool_simulation", ("--seeds", "1:20"), is_long=True)

# What takes most of the time of its program and kills few mutants: for those that all others leave.
_LATE_BUS = "BusTest.*"
_LATE_SESSION = "*C160_ATargetWaits*:*WithoutAKeyForIt*:ChannelKeys.*:LocalCustomJobs.NamesTheField*"

# First the script alone, then who runs it, where a test that waits in vain waits for a minute. Of
# tips with 64 templates each it is only measured what they take.
_ARCHIVE = [_unit("template_integration_tests", "ArchiveScriptTest.*"),
            _unit("template_integration_tests", "ArchiveTest.*-*HoldsFourTips*")]
_REAPING = [_unit("vardiff_integration_tests", "ReapingScriptTest.*"),
            _unit("vardiff_integration_tests", "ReaperTest.*")]
_SUMS = [_unit("share_log_integration_tests", "SumsScriptTest.*"),
         _unit("share_log_integration_tests", "ProjectorTest.*")]

# In this order: what is quick and knows the file best comes first.
SUITES = [
    ("libs/ledger/commit.lua", [_redis("CommitTest.*:ReadersTest.*"), _redis("*CommitProperty.*"),
                                _redis("LedgerOnACluster.*"), SIMULATION]),
    ("libs/ledger/bans.lua", [_redis("BansTest.*"), SIMULATION]),
    ("libs/ledger/keep_templates.lua", [*_ARCHIVE, SIMULATION]),
    ("libs/ledger/members.lua", [_redis("MembersTest.*"), SIMULATION]),
    ("libs/ledger/pool_config.lua", [_redis("PoolConfigTest.*"), SIMULATION]),
    ("libs/ledger/readers.lua", [_redis("ReadersTest.*"), SIMULATION]),
    ("libs/ledger/reaping.lua", [*_REAPING, SIMULATION]),
    ("libs/ledger/requests.lua", [_redis("RequestsTest.*"), SIMULATION]),
    ("libs/ledger/store_template.lua", [*_ARCHIVE, SIMULATION]),
    ("libs/ledger/sums.lua", [*_SUMS, SIMULATION]),
    ("libs/ledger/take_epoch.lua", [_redis("EpochTest.*"), SIMULATION]),
    ("libs/ledger/template_lease.lua", [_redis("TemplateLeaseTest.*"), SIMULATION]),
    ("libs/ledger/", [_redis("*-*Flood*:*Cluster*"), SIMULATION]),
    ("libs/bus/", [_unit("bus_tests", f"-{_LATE_BUS}"), _unit("bus_tests", _LATE_BUS), SIMULATION]),
    ("libs/mining/", [_unit("mining_tests"), _unit("channel_manager_core_tests"), SIMULATION]),
    ("services/gateway/", [_unit("gateway_session_tests", f"-{_LATE_SESSION}"),
                           _unit("gateway_session_tests", _LATE_SESSION),
                           _unit("gateway_core_tests"), SIMULATION]),
    ("services/channel-manager/", [_unit("channel_manager_core_tests"), SIMULATION]),
]


def programs_of(path: str, with_long: bool = True) -> list[Program]:
    for prefix, programs in SUITES:
        if path.startswith(prefix):
            return [program for program in programs if with_long or not program.is_long]
    raise Failure(f"no tests are known for {path}")


@dataclass
class Verdict:
    """What the tests say: `by` names the test that failed, and is empty where none did."""
    by: str = ""
    seconds: float = 0.0


_FAILED = re.compile(r"^\[  FAILED  \] ([\w./]+)", re.MULTILINE)
_INVARIANT = re.compile(r"\bI(?:10|[1-9])\b")


def culprit(program: Program, said: str, how: str) -> str:
    if match := _FAILED.search(said):
        return f"{program.name} {match.group(1)}"
    if program.is_long and (match := _INVARIANT.search(said)):
        return f"{program.name} {match.group()}"
    return f"{program.name} ({how})"


@dataclass
class Baseline:
    cpu_s: float
    clock_s: float


def _limited(cpu_s: float, nice: int | None) -> list[str]:
    """Without a niceness it takes only what is idle: whoever works on this machine does not notice.
    The tests do, not those who start them, who would have to wait for that, too."""
    yields = ["chrt", "-i", "0"] if nice is None else ["nice", "-n", str(nice)]
    return [*yields, "prlimit", f"--cpu={max(1, int(cpu_s + 0.999))}", f"--as={MEMORY_MAX}", "--core=0"]


def run(executable: Path, program: Program, root: Path, baseline: Baseline | None,
        number: int = 0, nice: int | None = None) -> Verdict:
    """`number`: which mutant it is to be, of a program that can be several."""
    started = time.monotonic()
    limit = [] if baseline is None else _limited(CPU_TIMES * baseline.cpu_s + CPU_MORE_S, nice)
    patience = None if baseline is None else CLOCK_TIMES * baseline.clock_s + CLOCK_MORE_S
    process = children.start([*limit, executable, *program.arguments], cwd=root, text=True,
                             env={**os.environ, mutate_together.VARIABLE: str(number)},
                             errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        said = process.communicate(timeout=patience)[0]
        status = process.returncode
        how = f"signal {-status}" if status < 0 else f"status {status}"
        if status in (-9, -24):
            how = "without end"
    except subprocess.TimeoutExpired:
        _end(process)
        said, status, how = "", 1, "without end"
    seconds = time.monotonic() - started
    return Verdict(culprit(program, said, how) if status != 0 else "", seconds)


def _end(process: subprocess.Popen) -> None:
    """With those that it has started: each child leads a session of its own."""
    try:
        os.killpg(process.pid, 9)
    except ProcessLookupError:
        pass
    process.communicate()


def measure(executable: Path, program: Program, root: Path) -> Baseline:
    """The program as it is must pass; what it takes is the measure for its mutants."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    verdict = run(executable, program, root, None)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if verdict.by:
        raise Failure(f"{program} fails without any mutation ({verdict.by}): mend that first")
    return Baseline(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                    verdict.seconds)
