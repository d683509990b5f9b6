"""What ./dev upgrade does to a pool under load, and what must hold then."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import up_config
from chaos_pool import GATEWAYS, WORKERS
from chaos_round import HONEST_REJECTIONS
from console import Failure, say
from upgrade_pool import PRESENT, PREVIOUS, SERVICES, MixedPool

# SV1's "Job not found": as stale-share.
HONEST = HONEST_REJECTIONS | {"21"}
SHARE_RATE = 200.0
# Of the embedded chain one comes every five seconds, as far as the machine's time allows.
BLOCKS_MIN = 2
BLOCK_PATIENCE_S = 90.0
ADMIN_SEES_WITHIN_S = 20.0
# Regtest's address for the secret 2: what the pool pays after a change, and its script.
OTHER_PAYOUT = "bcrt1qq6hag67dl53wl99vzg42z8eyzfz2xlkvwk6f7m"
SCRIPTS = {up_config.DEVCHAIN_PAYOUT: bytes.fromhex("0014751e76e8199196d454941c45d1b3a323f1433bd6"),
           OTHER_PAYOUT: bytes.fromhex("001406afd46bcdfd22ef94ac122aa11f241244a37ecc")}


@dataclass
class Round:
    """One pool from its start to the auditor. `builds` are folders of programs; a round that needs
    the release's says so."""

    builds: dict[str, Path]
    folder: Path
    shares: int = 0
    blocks: int = 0
    slowest_stop_s: float = 0.0
    text: str = ""
    outputs_of: dict[str, set[str]] = field(default_factory=dict)  # by channel: ids seen

    name = ""
    what = ""
    first = PRESENT
    needs_release = False
    payouts = (up_config.DEVCHAIN_PAYOUT,)

    def play(self) -> None:
        """Raises Failure when something does not hold."""
        pool = MixedPool(self.builds, self.folder, SHARE_RATE, self.first)
        pool.miners.start()
        pool.miners.wait_for_answers(0)
        self.act(pool)
        pool.wait_until(lambda: len(pool.events_of_blocks("accepted")) >= BLOCKS_MIN,
                        f"{BLOCKS_MIN} blocks", BLOCK_PATIENCE_S)
        self.look(pool)
        pool.check_living()
        pool.miners.stop()
        self.judge(pool)
        pool.stop()

    def act(self, pool: MixedPool) -> None:
        raise NotImplementedError

    def exchange(self, pool: MixedPool, name: str, build: str) -> None:
        self.look(pool)
        took = pool.exchange(name, build)
        self.slowest_stop_s = max(self.slowest_stop_s, took)
        pool.miners.wait_for_answers(time.time_ns() // 1000)
        self.look(pool)
        say(f"  {name}: {build}, stopped in {took:.1f} s")

    def look(self, pool: MixedPool) -> None:
        """What is only there for a while."""
        pool.keep_blocks()
        for key, outputs in pool.outputs_of_channels().items():
            self.outputs_of.setdefault(key, set()).add(outputs)

    def judge(self, pool: MixedPool) -> None:
        for miner in pool.miners.all:
            strange = {code: count for code, count in miner.tail.rejected.items()
                       if code not in HONEST}
            if strange:
                raise Failure(f"{miner.name} was told " + ", ".join(
                    f"{code} {count} times" for code, count in strange.items()))
        late = [name for names in SERVICES.values() for name in names
                if "not drained in time" in pool.log(name)]
        if late:
            raise Failure(f"not drained in time: {', '.join(late)}")
        self.shares = pool.miners.shares
        self._judge_blocks(pool)
        is_clean, said = pool.audit()
        self.text = said.strip().splitlines()[-1] if said.strip() else "the auditor said nothing"
        if not is_clean:
            raise Failure(self.text)

    def _judge_blocks(self, pool: MixedPool) -> None:
        """Every block that was found was taken, and pays what the ledger says of its channel."""
        found = pool.events_of_blocks("found")
        accepted = pool.events_of_blocks("accepted")
        refused = {block: entry for block, entry in pool.events_of_blocks("rejected").items()
                   if block not in accepted}
        if refused:
            raise Failure(f"blocks were refused: {refused}")
        self.blocks = len(accepted)
        paid_by: dict[str, set[bytes]] = {}  # by the outputs' id: scripts
        for block, content in pool.blocks.items():
            scripts = {script for script in SCRIPTS.values() if script in content}
            allowed = {SCRIPTS[address] for address in self.payouts}
            if len(scripts) != 1 or not scripts <= allowed:
                raise Failure(f"block {block} pays {[script.hex() for script in scripts]}")
            known = self.outputs_of.get(found.get(block, {}).get("channel", ""), set())
            if len(known) == 1:
                paid_by.setdefault(next(iter(known)), set()).update(scripts)
        mixed = {outputs: scripts for outputs, scripts in paid_by.items() if len(scripts) != 1}
        if mixed:
            raise Failure(f"blocks of channels with the same outputs pay differently: {mixed}")
        if not paid_by:
            raise Failure(f"of {len(pool.blocks)} blocks none is of a channel that was seen")


class Rolling(Round):
    """Every process is exchanged, one after the other."""

    needs_release = True
    to = ""

    def act(self, pool: MixedPool) -> None:
        for service, names in SERVICES.items():
            for name in names:
                self.exchange(pool, name, self.to)
            self._check_admin(pool, service)

    @staticmethod
    def _check_admin(pool: MixedPool, service: str) -> None:
        """Of whatever build it is, it sees all the others at work."""
        count = sum(len(names) for names in SERVICES.values())
        pool.wait_until(lambda: pool.services_seen().count("STATE_READY") >= count,
                        f"the {pool.runs('admin')} admin to see {count} processes ready when "
                        f"every {service} is {pool.runs(SERVICES[service][0])}",
                        ADMIN_SEES_WITHIN_S)


class Forward(Rolling):
    name = "forward"
    what = "from the last release to this tree: gateways first, then what they talk to"
    first, to = PREVIOUS, PRESENT


class Back(Rolling):
    name = "back"
    what = "from this tree to the last release, in the same order: an upgrade that is taken back"
    first, to = PRESENT, PREVIOUS


class Outputs(Round):
    name = "outputs"
    what = "the pool's [payout] changes: old and new channel-managers side by side"
    payouts = (up_config.DEVCHAIN_PAYOUT, OTHER_PAYOUT)

    def act(self, pool: MixedPool) -> None:
        for worker in WORKERS:
            pool.pays(worker, OTHER_PAYOUT)
            self.exchange(pool, worker, PRESENT)
            # Channels that open now are decided by either; those of the other gateway stay.
            self.exchange(pool, GATEWAYS[0], PRESENT)
            before = len(pool.events_of_blocks("accepted"))
            pool.wait_until(lambda before=before: len(pool.events_of_blocks("accepted")) > before,
                            "a block", BLOCK_PATIENCE_S)
        self.exchange(pool, GATEWAYS[1], PRESENT)

    def judge(self, pool: MixedPool) -> None:
        super().judge(pool)
        kinds = {outputs for seen in self.outputs_of.values() for outputs in seen}
        if len(kinds) != len(self.payouts):
            raise Failure(f"channels were opened with the outputs {kinds}, not with both")


class Derivation(Round):
    name = "derivation"
    what = "a channel-manager and a gateway that derive jobs in another way: refused, and seen to be"

    def act(self, pool: MixedPool) -> None:
        programs = self.builds[PRESENT].parent / "tomorrow"
        pool.follow_a_third_gateway()
        for worker in WORKERS:
            self.exchange(pool, worker, PRESENT)
        worker = pool.copy_of(WORKERS[0], "channel-manager-tomorrow",
                              programs / "adit-channel-manager")
        self._expect(pool, worker, "no gateway gives it work: ", "derivation version")
        refused = sum(pool.metric(name, "adit_gateway_bus_workers_refused_total")
                      for name in GATEWAYS)
        if refused < len(GATEWAYS):
            raise Failure(f"the gateways count {refused} refusals")
        if "a gateway gives us no work" not in pool.log(worker):
            raise Failure(f"{worker} does not say why it has no work")
        gateway = pool.copy_of(GATEWAYS[0], "gateway-3", programs / "adit-gateway")
        self._expect(pool, gateway, "template")
        pool.wait_until(lambda: all("gives this worker no work" in pool.problems_of(name)
                                    for name in WORKERS),
                        "every channel-manager to name the gateway that refuses it")
        pool.wait_until(lambda: "gives this worker no work" in pool.problems_seen(),
                        "the admin service to show it", ADMIN_SEES_WITHIN_S)
        pool.miners.wait_for_answers(time.time_ns() // 1000)
        strays = [name for name in GATEWAYS
                  if pool.metric(name, "adit_gateway_bus_workers") != len(WORKERS)]
        if strays:
            raise Failure(f"{strays} have other workers than those of this tree")
        say("  both are not ready, and everybody else goes on")

    @staticmethod
    def _expect(pool: MixedPool, name: str, *texts: str) -> None:
        """Not ready, for that reason."""
        pool.wait_until(lambda: all(text in pool.not_ready(name) for text in texts),
                        f"{name} not to be ready: {' '.join(texts)}; it says "
                        f"\"{pool.not_ready(name)}\"")


ROUNDS = {kind.name: kind for kind in (Forward, Back, Outputs, Derivation)}
