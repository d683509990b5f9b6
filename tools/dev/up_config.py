"""The configuration of each process of ./dev up: the one place that knows their keys."""

import re
from pathlib import Path

from up_layout import HOST, Layout
from up_node import Node

# Regtest's address for the public key of the secret 1: anybody can spend it, nobody gains by it.
DEVCHAIN_PAYOUT = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"

# Names as miners and dashboards would show them: one for each kind of channel.
MINERS = {"standard": "dev.standard", "extended": "dev.extended"}
# In solo mode they are paid: regtest's addresses for the secrets 2 and 3.
SOLO_MINERS = {"standard": "bcrt1qq6hag67dl53wl99vzg42z8eyzfz2xlkvwk6f7m.standard",
               "extended": "bcrt1q0ht9tyks4vh7p5p904t340cr9nvahy7uevmqwj.extended"}
CHANNELS_EACH = 2
# What a channel-manager accepts as shares.per_minute.
SHARES_PER_MINUTE_MIN, SHARES_PER_MINUTE_MAX = 0.01, 6000
# What the pool is told of an SV1 miner that says nothing of itself: some threads of a CPU.
SV1_HASH_RATE = 2_000_000
# The replicas of the template service.
TEMPLATES = (1, 2)
# What adit-vardiff accepts as policy.shares_per_minute.
VARDIFF_SHARES_PER_MINUTE = (0.1, 1200)


def toml(table: dict) -> str:
    """A configuration as TOML: plain values first, then the tables, and lists of tables."""
    lines, tables = [], []
    for key, value in table.items():
        if isinstance(value, dict):
            tables.append((f"[{key}]", value))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            tables += [(f"[[{key}]]", inner) for inner in value]
        else:
            lines.append(f"{key} = {_value(value)}")
    for head, inner in tables:
        lines += ["", head] + [f"{k} = {_value(v)}" for k, v in inner.items()]
    return "\n".join(lines).strip() + "\n"


def _value(value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def template_replicas(layout: Layout) -> list[str]:
    return [layout.address(f"template_{number}_grpc") for number in TEMPLATES]


def devnode_command(binaries: Path, layout: Layout) -> list:
    """The development chain, served to both template replicas. A first block every few seconds of a
    CPU; the chain then aims at its interval."""
    return [binaries / "adit-devnode", "--port", layout.port("devnode"), "--difficulty", 1 / 256,
            "--block-interval", 5]


def template(layout: Layout, number: int, node: Node | None, network: str) -> dict:
    if node is None:
        # Any credentials will do; a new tip is seen at once, which costs nothing on one machine.
        source = {"name": "devnode", "kind": "bitcoind", "user": "any",
                  "url": f"http://{layout.address('devnode')}", "password_file": "node.secret",
                  "poll_interval": "50ms"}
    else:
        source = {"name": "node", "kind": "bitcoind", "url": node.url, "user": node.user,
                  "password_file": "node.secret"}
    return {"network": network, "nodes": [source], "replicas": template_replicas(layout),
            "listen": {"grpc": layout.address(f"template_{number}_grpc"),
                       "http": layout.address(f"template_{number}_http")},
            "redis": {"address": layout.address("redis")},
            "spool": {"directory": f"spool-{number}"}}


def vardiff(layout: Layout, shares_per_minute: float) -> dict:
    table = {"listen": {"grpc": layout.address("vardiff_grpc"),
                        "http": layout.address("vardiff_http")},
             "redis": {"address": layout.address("redis")}}
    # Beyond that, targets stay as they are opened.
    if VARDIFF_SHARES_PER_MINUTE[0] <= shares_per_minute <= VARDIFF_SHARES_PER_MINUTE[1]:
        table["policy"] = {"shares_per_minute": shares_per_minute}
    return table


def is_script(payout: str) -> bool:
    """Rather than an address."""
    return re.fullmatch(r"([0-9a-f]{2})+", payout) is not None


def payout_table(payout: str, solo_fee: int | None) -> dict:
    """Whom blocks pay; `solo_fee` is in basis points, None for a pool."""
    paid = {"script" if is_script(payout) else "address": payout}
    return paid if solo_fee is None else {"mode": "solo", "fee_basis_points": solo_fee, **paid}


def channel_manager(layout: Layout, number: int, network: str, payout: dict,
                    shares_per_minute: float) -> dict:
    return {"network": network,
            "listen": {"grpc": layout.address(f"channel_manager_{number}_grpc"),
                       "http": layout.address(f"channel_manager_{number}_http")},
            "redis": {"address": layout.address("redis")},
            "bus": {"gateways": [layout.address("gateway_bus")]},
            "templates": {"replicas": template_replicas(layout)},
            # Easy enough for a CPU that is busy with the pool, too.
            "shares": {"per_minute": shares_per_minute, "easiest_difficulty": 0.00001},
            "payout": payout}


def gateway(layout: Layout) -> dict:
    return {"listen": {"address": layout.address("gateway"),
                       "grpc": layout.address("gateway_grpc"),
                       "http": layout.address("gateway_http")},
            "noise": {"key_file": "keys/gateway.key", "certificate_file": "keys/gateway.cert"},
            "redis": {"address": layout.address("redis")},
            "bus": {"listen": layout.address("gateway_bus")},
            "templates": {"replicas": template_replicas(layout)},
            "vardiff": {"replicas": [layout.address("vardiff_grpc")]}}


def translator(layout: Layout, authority: str, shares_per_minute: float) -> dict:
    """In front of the gateway, for miners of Stratum V1; each is to the pool what it says itself."""
    return {"listen": {"address": layout.address("translator"),
                       "grpc": layout.address("translator_grpc"),
                       "http": layout.address("translator_http")},
            "pools": [{"url": pool_url(layout, authority)}],
            # A CPU's, until its shares tell: firmware says what it is, programs do not.
            "miners": {"nominal_hash_rate": SV1_HASH_RATE,
                       "shares_per_minute": min(max(shares_per_minute, 0.1), 1200)}}


def admin(layout: Layout) -> dict:
    """Sees every process of the pool."""
    return {"listen": {"grpc": layout.address("admin_grpc"),
                       "http": layout.address("admin_http")},
            "api": {"listen": layout.address("admin_api"), "insecure_loopback": True},
            "console": {"listen": layout.address("console")},
            "miner_page": {"enabled": True, "listen": layout.address("miner_page")},
            "redis": {"address": layout.address("redis")},
            "fleet": {"gateways": [layout.address("gateway_grpc")],
                      "channel_managers": [layout.address(f"channel_manager_{number}_grpc")
                                           for number in (1, 2)],
                      "templates": template_replicas(layout),
                      "vardiffs": [layout.address("vardiff_grpc")],
                      "translators": [layout.address("translator_grpc")]}}


def console_url(layout: Layout) -> str:
    """What an operator opens in a browser."""
    return f"http://{layout.address('console')}/"


def redis(layout: Layout) -> str:
    """Redis as D5 wants it: what it has acknowledged is on disk."""
    return "\n".join([
        f"bind {HOST}", f"port {layout.port('redis')}", f"dir {layout.folder}",
        "daemonize no", "save \"\"", "appendonly yes", "appendfsync always",
        "maxmemory-policy noeviction", "loglevel notice", ""])


def write_all(layout: Layout, node: Node | None, network: str, payout: dict,
              shares_per_minute: float, authority: str) -> None:
    """Writes every configuration into the pool's folder."""
    folder: Path = layout.folder
    (folder / "redis.conf").write_text(redis(layout))
    secret = folder / "node.secret"
    secret.touch(mode=0o600)
    secret.write_text(f"{node.password if node else 'any'}\n")
    for name, table in {**{f"template-{number}": template(layout, number, node, network)
                           for number in TEMPLATES},
                        "vardiff": vardiff(layout, shares_per_minute),
                        "admin": admin(layout),
                        **{f"channel-manager-{number}": channel_manager(
                            layout, number, network, payout, shares_per_minute)
                           for number in (1, 2)},
                        "gateway": gateway(layout),
                        "translator": translator(layout, authority, shares_per_minute)}.items():
        # A developer may hold a loop to see it noticed: aditctl and the tests ask for it.
        own = {"service": {"name": name}, "watchdog": {"test_commands": True}}
        (folder / f"{name}.toml").write_text(toml({**table, **own}))


def key_commands(binaries: Path, layout: Layout) -> list[list]:
    """Makes the pool's authority key, the gateway's key and its certificate. The first one says
    the authority's public key; see authority_key()."""
    keys = layout.folder / "keys"
    aditctl = [binaries / "aditctl", "keys"]
    return [
        aditctl + ["authority", "--out", keys / "authority.key"],
        aditctl + ["gateway", "--out", keys / "gateway.key"],
        aditctl + ["sign", "--authority", keys / "authority.key", "--gateway",
                   keys / "gateway.key", "--valid-for", "30d", "--out", keys / "gateway.cert"],
    ]


def authority_key(said: str) -> str:
    """The public key out of what `aditctl keys authority` said."""
    return said.split()[-1]


def pool_url(layout: Layout, authority: str) -> str:
    """What a miner is given."""
    return f"stratum2+tcp://{layout.address('gateway')}/{authority}"


def sv1_url(layout: Layout) -> str:
    """What a miner of Stratum V1 is given."""
    return f"stratum+tcp://{layout.address('translator')}"


def miner_command(binaries: Path, layout: Layout, authority: str, kind: str, user: str) -> list:
    """A CPU miner with `kind` ("standard" or "extended") channels, without an end. It hashes with
    what the pool leaves of the CPU."""
    return ["nice", "-n", 10, binaries / "adit-miner", "--url", pool_url(layout, authority),
            "--user", user, f"--{kind}", CHANNELS_EACH, "--threads", 1,
            "--journal", layout.folder / f"miner-{kind}.journal"]


def sv1_miner_command(binaries: Path, layout: Layout, number: int, user: str) -> list:
    """The same of Stratum V1, at the translator."""
    return ["nice", "-n", 10, binaries / "adit-miner", "--url", sv1_url(layout), "--user", user,
            "--threads", 1, "--journal", layout.folder / f"miner-sv1-{number}.journal"]
