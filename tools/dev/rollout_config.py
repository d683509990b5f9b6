"""The configuration of each workload of ./dev rollout: that of deploy/pool, as every cluster has it,
but for where secrets lie, how Redis is reached, and what a load test is about. All pods of a workload
have the same."""

import tomllib
from pathlib import Path

from cmake import ROOT

MINERS, BUS = 24250, 24251
GATEWAY_GRPC, GATEWAY_HTTP = 24270, 24271
WORKER_GRPC, WORKER_HTTP = 24272, 24273
TEMPLATE_GRPC, TEMPLATE_HTTP = 24252, 24275
VARDIFF_GRPC, VARDIFF_HTTP = 24253, 24277
ADMIN_API, ADMIN_GRPC, ADMIN_HTTP = 24280, 24281, 24282
NODE = 18443
# From being asked to stop to asking the first miner to leave: longer than the balancer takes here to
# hear of it, which is shorter than elsewhere.
NOTICE_S = 3
# The easiest there is: a few hashes. Miners ask for it.
SHARE_DIFFICULTY = 1e-9
POOL = ROOT / "deploy" / "pool"


def read(name: str, folder: Path = POOL) -> dict:
    """A file with those that it includes."""
    table = tomllib.loads((folder / name).read_text())
    for other in table.pop("include", []):
        table.update(read(other, folder))
    return table


def gateway(redis: dict, spread_s: float) -> dict:
    table = read("gateway.toml")
    return {**table, "redis": redis,
            "noise": {"key_file": "gateway.key", "certificate_file": "gateway.cert"},
            "limits": {"connections_per_address": 10_000},  # all miners have one
            "drain": {**table["drain"], "notice": f"{NOTICE_S}s", "spread": f"{spread_s:.0f}s"}}


def channel_manager(redis: dict, shares_per_minute: float) -> dict:
    """`shares_per_minute` is of a channel."""
    return {**read("channel-manager.toml"), "redis": redis,
            "shares": {"per_minute": shares_per_minute, "easiest_difficulty": SHARE_DIFFICULTY}}


def template(redis: dict) -> dict:
    table = read("template.toml")
    nodes = [{**node, "password_file": "node.secret"} for node in table["nodes"]]
    return {**table, "redis": redis, "nodes": nodes, "spool": {"directory": "spool"}}


def vardiff(redis: dict) -> dict:
    """Without a policy: targets stay as they are opened."""
    return {**read("vardiff.toml"), "redis": redis}


def admin(redis: dict) -> dict:
    """Operators are on its loopback."""
    table = read("admin.toml")
    return {**table, "redis": redis, "fleet": {**table["fleet"], "translators": []},
            "api": {"listen": f"127.0.0.1:{ADMIN_API}", "insecure_loopback": True}}
