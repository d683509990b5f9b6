"""./dev up: runs a pool on this machine and shows how it does; Ctrl-C stops all of it.

The pool is complete: its own Redis under var/, a development node (or yours, --node) with two
template replicas on it, vardiff, two channel-managers, a gateway, a translator for miners of
Stratum V1, adit-admin with the console, and three CPU miners: one with standard channels, one with
extended ones, and one that speaks Stratum V1. Processes that die are started again, and those that
stand still.
"""

import argparse
import json
import select
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import children
import cmake
import duration
import up_config
import up_figures
from console import Failure, run_verb, say
from up_child import Spec
from up_layout import DEFAULT_PORT_BASE, Layout
from up_node import Node
from up_scrape import Totals, listens, redis_answers
from up_status import Status, rejected_text, with_unit
from up_supervisor import WEDGED_AFTER_S, Supervisor

PRESET = "dev"
STAGE_STORE, STAGE_SERVICES, STAGE_GATEWAY, STAGE_TRANSLATOR, STAGE_MINERS = range(5)
# Below this a run is too short to demand shares of it.
SHARES_EXPECTED_AFTER_S = 15.0


def shares_per_minute(text: str) -> float:
    """For argparse."""
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not up_config.SHARES_PER_MINUTE_MIN <= rate <= up_config.SHARES_PER_MINUTE_MAX:
        raise argparse.ArgumentTypeError(
            f"{text} is no number from {up_config.SHARES_PER_MINUTE_MIN} to "
            f"{up_config.SHARES_PER_MINUTE_MAX}")
    return rate


def fee_basis_points(text: str) -> int:
    """For argparse."""
    if not text.isdecimal() or int(text) >= 10_000:
        raise argparse.ArgumentTypeError(f"{text} is no number of basis points from 0 to 9999")
    return int(text)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev up", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--for", dest="run_for_s", type=duration.seconds, metavar="TIME",
                        help="end by itself after 60s, 10m, 1h ... (default: run until stopped)")
    parser.add_argument("--summary", type=Path, metavar="FILE",
                        help="write the summary as JSON to FILE at the end")
    parser.add_argument("--node", metavar="URL",
                        help="mine on this node instead of the development node: its JSON-RPC, "
                             "http://user:password@host:port; needs --payout")
    parser.add_argument("--payout", metavar="ADDRESS",
                        help="where block rewards go, an address or a script in hex (default, "
                             "development node only: an address that anybody can spend)")
    parser.add_argument("--solo", type=fee_basis_points, nargs="?", const=100, metavar="FEE",
                        help="pay each block to its finder, less a fee in basis points for "
                             "--payout (default: 100, which is 1 %%); miners are named by an "
                             "address, ADDRESS.WORKER")
    parser.add_argument("--no-miners", action="store_true", help="wait for miners of your own")
    parser.add_argument("--sv1-miners", type=int, choices=range(0, 11), default=1, metavar="N",
                        help="how many of the miners speak Stratum V1 to the translator (default: "
                             "%(default)s)")
    parser.add_argument("--shares-per-minute", type=shares_per_minute, default=60, metavar="N",
                        help="how often a channel shall find a share (default: %(default)s)")
    parser.add_argument("--port-base", type=int, default=DEFAULT_PORT_BASE, metavar="N",
                        help="the gateway's port; the others follow it (default: %(default)s)")
    parser.add_argument("--restart-wedged-after", type=duration.seconds, metavar="TIME",
                        default=WEDGED_AFTER_S,
                        help="kill and start again a process whose loop does not answer for so long "
                             "(default: 15s)")
    parser.add_argument("--no-restart-wedged", action="store_true",
                        help="leave it as it is, for who debugs it")
    parser.add_argument("--binaries", type=Path, metavar="DIR",
                        help="run the programs in DIR instead of building them")
    return parser.parse_args()


class Wakeup:
    """Waits for time to pass, for a signal to stop, or for a child to end."""

    def __init__(self):
        self._read, write = socket.socketpair()
        write.setblocking(False)
        self._write = write
        self._asked_to_stop = False
        signal.set_wakeup_fd(write.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def wait(self, seconds: float) -> None:
        if not self._asked_to_stop:
            ready, _, _ = select.select([self._read], [], [], max(0.0, seconds))
            if ready:
                self._read.recv(4096)
        if self._asked_to_stop:
            raise KeyboardInterrupt

    def _stop(self, number: int, _) -> None:
        if self._asked_to_stop and number == signal.SIGINT:
            children.end_all(patience_s=0)  # out of patience
        self._asked_to_stop = True


def specs(layout: Layout, binaries: Path, has_own_node: bool) -> list[Spec]:
    """Every process but the miners, in the order of their start."""

    def service(name: str, program: str, stage: int) -> Spec:
        return Spec(name, [binaries / program, "--config", layout.folder / f"{name}.toml"],
                    http=layout.port(name.replace("-", "_") + "_http"), stage=stage)

    redis_port = layout.port("redis")
    return [
        Spec("redis", [shutil.which("redis-server"), layout.folder / "redis.conf"],
             is_ready=lambda: redis_answers(redis_port), stage=STAGE_STORE),
        *([] if has_own_node else
          [Spec("devnode", up_config.devnode_command(binaries, layout),
                is_ready=lambda: listens(layout.port("devnode")), stage=STAGE_STORE)]),
        *(service(f"template-{number}", "adit-template", STAGE_SERVICES)
          for number in up_config.TEMPLATES),
        service("vardiff", "adit-vardiff", STAGE_SERVICES),
        service("admin", "adit-admin", STAGE_SERVICES),
        service("channel-manager-1", "adit-channel-manager", STAGE_SERVICES),
        service("channel-manager-2", "adit-channel-manager", STAGE_SERVICES),
        service("gateway", "adit-gateway", STAGE_GATEWAY),
        service("translator", "adit-translator", STAGE_TRANSLATOR),
    ]


def make_keys(layout: Layout, binaries: Path) -> str:
    """Returns the authority's public key."""
    (layout.folder / "keys").mkdir()
    said = []
    for command in up_config.key_commands(binaries, layout):
        done = subprocess.run([str(word) for word in command], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said.append(done.stdout.strip() or "no reason given")
        if done.returncode != 0:
            raise Failure(f"aditctl could not make keys: {said[-1].splitlines()[-1]}")
    return up_config.authority_key(said[0])


def miner_users(arguments: argparse.Namespace) -> dict[str, str]:
    """Who the two miners are. On a node, solo miners are paid what --payout is."""
    if arguments.solo is None:
        return up_config.MINERS
    if arguments.node:
        return {kind: f"{arguments.payout}.{kind}" for kind in up_config.MINERS}
    return up_config.SOLO_MINERS


def sv1_users(arguments: argparse.Namespace) -> dict[int, str]:
    """By their number. In solo mode they are the account of the miner with extended channels."""
    account = miner_users(arguments)["extended"].split(".")[0]
    return {number: f"{account}.sv1-{number}" for number in range(1, arguments.sv1_miners + 1)}


class Pool:
    """One run of ./dev up after everything is built."""

    def __init__(self, arguments: argparse.Namespace, layout: Layout, binaries: Path,
                 authority: str, wakeup: Wakeup):
        self._arguments = arguments
        self._layout = layout
        self._binaries = binaries
        self._authority = authority
        self._wakeup = wakeup
        self._status = Status()
        self._supervisor = Supervisor(layout.folder, wakeup.wait, self._status.tell,
                                      Totals(up_figures.COUNTERS_BY_ANOTHER_NAME),
                                      wedged_after_s=None if arguments.no_restart_wedged
                                      else arguments.restart_wedged_after)
        self._figures = up_figures.Reader()
        self._started = time.monotonic()

    def run(self) -> str:
        """Runs to the end, stops everything, and returns the result's text."""
        problem = None
        try:
            self._start()
            self._watch()
        except KeyboardInterrupt:
            pass
        except Failure as failure:
            problem = failure
        self._status.clear()
        say("stopping")
        summary = self._stop()
        if problem:
            raise problem
        return self._result(summary)

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._started

    def _start(self) -> None:
        all_specs = specs(self._layout, self._binaries, self._arguments.node is not None)
        self._start_and_wait([spec for spec in all_specs if spec.stage == STAGE_STORE])
        self._start_and_wait([spec for spec in all_specs if spec.stage != STAGE_STORE])
        if not self._arguments.no_miners:
            self._start_and_wait([
                Spec(f"miner-{kind}",
                     up_config.miner_command(self._binaries, self._layout, self._authority, kind,
                                             user),
                     stage=STAGE_MINERS)
                for kind, user in miner_users(self._arguments).items()] + [
                Spec(f"miner-sv1-{number}",
                     up_config.sv1_miner_command(self._binaries, self._layout, number, user),
                     stage=STAGE_MINERS)
                for number, user in sv1_users(self._arguments).items()])
        say(f"the pool is up: {up_config.pool_url(self._layout, self._authority)}")
        say(f"for Stratum V1: {up_config.sv1_url(self._layout)}, status at "
            f"http://{self._layout.address('translator_http')}/")
        say(f"the console, in a browser: {up_config.console_url(self._layout)}; in a terminal: "
            f"aditctl --admin {self._layout.address('admin_api')} problems")
        say(f"configuration and logs: {self._layout.folder}")
        self._started = time.monotonic()

    def _start_and_wait(self, group: list[Spec]) -> None:
        names = [spec.name for spec in group]
        say(f"starting {', '.join(names)}")
        for spec in group:
            self._supervisor.start(spec)
        self._supervisor.wait_until_ready(names)

    def _watch(self) -> None:
        next_look = time.monotonic()
        end = self._arguments.run_for_s
        while end is None or self._elapsed_s() < end:
            self._supervisor.tend()
            now = time.monotonic()
            if now >= next_look:
                next_look = now + 1.0
                self._supervisor.look()
                self._status.show(self._title(), self._elapsed_s(),
                                  self._figures.read(self._supervisor.totals, now),
                                  self._supervisor.children)
            moments = [next_look] + [child.restart_at for child in self._supervisor.children
                                     if child.restart_at is not None]
            if end is not None:
                moments.append(self._started + end)
            self._wakeup.wait(min(moments) - time.monotonic())

    def _title(self) -> str:
        end = self._arguments.run_for_s
        until = f" of {duration.clock(end)}" if end is not None else ""
        return (f"adit pool at {self._layout.address('gateway')}, up "
                f"{duration.clock(self._elapsed_s())}{until}; Ctrl-C stops it")

    def _stop(self) -> dict:
        elapsed_s = self._elapsed_s()
        killed = self._supervisor.stop(STAGE_MINERS)
        self._supervisor.look()  # the last answers, once nobody submits any more
        summary = self._figures.summary(self._supervisor.totals, time.monotonic(), elapsed_s,
                                        self._supervisor.restarts)
        killed += self._supervisor.stop()
        for name in killed:
            say(f"{name} had to be killed: it did not stop when asked; see "
                f"{self._layout.folder / name}.log")
        if self._arguments.summary:
            self._arguments.summary.write_text(json.dumps(summary, indent=2) + "\n")
        say("summary")
        for key, value in summary.items():
            say(f"  {key:16} {value}")
        return summary

    def _result(self, summary: dict) -> str:
        mined = not self._arguments.no_miners and summary["seconds"] >= SHARES_EXPECTED_AFTER_S
        if mined and summary["shares_accepted"] == 0:
            raise Failure("not one share was accepted; see the logs in "
                          f"{self._layout.folder}")
        return (f"ran {summary['seconds']:.0f} s, {summary['shares_accepted']} shares accepted, "
                f"{rejected_text(summary['shares_rejected'])}, {summary['blocks_accepted']} blocks "
                f"accepted, {with_unit(summary['hashrate_hps'], 'H/s')}, "
                f"{summary['restarts']} restarts")


def up(arguments: argparse.Namespace) -> str:
    layout = Layout(arguments.port_base)
    node = Node.parse(arguments.node) if arguments.node else None
    if node and not arguments.payout:
        raise Failure("--node needs --payout ADDRESS: where block rewards go")
    if node and arguments.solo is not None and not arguments.no_miners and \
            up_config.is_script(arguments.payout):
        raise Failure("--solo needs an address as --payout, which its miners are named by; or "
                      "--no-miners")
    if arguments.summary and not arguments.summary.resolve().parent.is_dir():
        raise Failure(f"--summary {arguments.summary}: there is no such folder")
    layout.check_ports()
    network = node.network() if node else "regtest"
    if arguments.binaries:
        binaries = arguments.binaries.resolve()
        if not (binaries / "adit-gateway").exists():
            raise Failure(f"--binaries {arguments.binaries}: there is no adit-gateway")
    else:
        say(cmake.build(PRESET, "pool"))
        binaries = cmake.folder(PRESET) / "bin"

    wakeup = Wakeup()
    layout.check_ports()  # the build took a while
    layout.prepare_folder()
    authority = make_keys(layout, binaries)
    payout = up_config.payout_table(arguments.payout or up_config.DEVCHAIN_PAYOUT, arguments.solo)
    up_config.write_all(layout, node, network, payout, arguments.shares_per_minute, authority)
    return Pool(arguments, layout, binaries, authority, wakeup).run()


def main() -> None:
    arguments = parse_arguments()
    children.adopt_orphans()
    try:
        run_verb("dev up", lambda: up(arguments))
    finally:
        children.end_all()


if __name__ == "__main__":
    main()
