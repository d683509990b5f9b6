"""The configuration of each process of ./dev up: the one place that knows their keys."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from console import Failure
from up_layout import HOST, Layout

# Regtest's address for the public key of the secret 1: anybody can spend it, nobody gains by it.
DEVCHAIN_PAYOUT = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"


@dataclass(frozen=True)
class Node:
    """A real node's JSON-RPC, from --node."""

    url: str
    user: str
    password: str

    @staticmethod
    def parse(text: str) -> "Node":
        form = "http://user:password@host:port"
        try:
            url = urlsplit(text)
            port = url.port
        except ValueError as error:
            raise Failure(f"--node {text}: {error}; expected {form}") from error
        if url.scheme != "http" or not url.hostname or not port or url.username is None:
            raise Failure(f"--node {text}: expected {form}")
        return Node(f"http://{url.hostname}:{port}", unquote(url.username),
                    unquote(url.password or ""))


def toml(table: dict) -> str:
    """A configuration as TOML: plain values first, then the tables."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    lines = [f"{key} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]"] + [f"{k} = {_value(v)}" for k, v in value.items()]
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


def template(layout: Layout, node: Node | None) -> dict:
    if node is None:
        # Easy enough that a CPU finds a block every few seconds; a block comes by itself when
        # nobody finds one, so that the tip moves also without miners.
        source = {"source": "devchain",
                  "devchain": {"block_interval": "30s", "nbits": 0x1e00ffff}}
    else:
        source = {"source": "bitcoind",
                  "bitcoind": {"url": node.url, "secret_file": "node.secret"}}
    return {**source,
            "listen": {"grpc": layout.address("template_grpc"),
                       "http": layout.address("template_http")},
            "redis": {"address": layout.address("redis")},
            "spool": {"folder": "spool"}}


def vardiff(layout: Layout) -> dict:
    return {"listen": {"grpc": layout.address("vardiff_grpc"),
                       "http": layout.address("vardiff_http")},
            "redis": {"address": layout.address("redis")}}


def channel_manager(layout: Layout, number: int, payout: str) -> dict:
    return {"listen": {"grpc": layout.address(f"channel_manager_{number}_grpc"),
                       "http": layout.address(f"channel_manager_{number}_http")},
            "redis": {"address": layout.address("redis")},
            "bus": {"gateways": [f"tcp://{layout.address('gateway_bus')}"]},
            "template": {"addresses": [layout.address("template_grpc")]},
            "payout": {"address": payout}}


def gateway(layout: Layout) -> dict:
    return {"listen": {"address": layout.address("gateway"),
                       "grpc": layout.address("gateway_grpc"),
                       "http": layout.address("gateway_http")},
            "keys": {"static_key_file": "keys/static.key",
                     "certificate_file": "keys/certificate"},
            "redis": {"address": layout.address("redis")},
            "bus": {"listen": f"tcp://{layout.address('gateway_bus')}"},
            "template": {"addresses": [layout.address("template_grpc")]},
            "vardiff": {"addresses": [layout.address("vardiff_grpc")]}}


def redis(layout: Layout) -> str:
    """Redis as D5 wants it: what it has acknowledged is on disk."""
    return "\n".join([
        f"bind {HOST}", f"port {layout.port('redis')}", f"dir {layout.folder}",
        "daemonize no", "save \"\"", "appendonly yes", "appendfsync always",
        "maxmemory-policy noeviction", "loglevel notice", ""])


def write_all(layout: Layout, node: Node | None, payout: str) -> None:
    """Writes every configuration into the pool's folder."""
    folder: Path = layout.folder
    (folder / "redis.conf").write_text(redis(layout))
    if node is not None:
        secret = folder / "node.secret"
        secret.touch(mode=0o600)
        secret.write_text(f"{node.user}:{node.password}\n")
    for name, table in {"template": template(layout, node),
                        "vardiff": vardiff(layout),
                        "channel-manager-1": channel_manager(layout, 1, payout),
                        "channel-manager-2": channel_manager(layout, 2, payout),
                        "gateway": gateway(layout)}.items():
        (folder / f"{name}.toml").write_text(toml(table))


def keys_command(binaries: Path, layout: Layout) -> list:
    """Makes the pool's authority key, the gateway's key and its certificate."""
    return [binaries / "aditctl", "keys", "--out", layout.folder / "keys"]


def authority_key(layout: Layout) -> str:
    """What a miner needs to know the pool by."""
    return (layout.folder / "keys" / "authority.pub").read_text().strip()


def miner_command(binaries: Path, layout: Layout, kind: str) -> list:
    """A CPU miner with `kind` ("standard" or "extended") channels, without an end."""
    return [binaries / "adit-miner", "--pool", layout.address("gateway"),
            "--authority", authority_key(layout), f"--{kind}", "--user", f"dev.{kind}",
            "--journal", layout.folder / f"miner-{kind}.journal"]
