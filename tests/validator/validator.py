"""Judges shares by the rules of Stratum V2 alone, with nothing but hashlib: the independent half of
./dev validate. It was written from the specification (Sv2 5.3, 7.2) and from the form of our
coinbase that libs/mining/job.h states, and shares no code with what it checks.

A job names a template and the payout outputs; a share names the job. All are plain records, as
share-records writes them: hashes in the order of their bytes, targets as numbers.
"""

import hashlib
import struct

ROLLABLE_BITS = 0x1FFFFFE0  # BIP 323: bits 5 to 28
NTIME_AHEAD_MAX = 7200
SCRIPT_SIG_MAX = 100
EXTRANONCE_MAX = 32
POOL_TAG_MAX = 48
BASIS_POINTS = 10_000
D1 = 0xFFFF << 208
NO_HASH = b"\xff" * 32


def sha256d(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def compact_size(number: int) -> bytes:
    if number < 0xFD:
        return struct.pack("<B", number)
    if number <= 0xFFFF:
        return b"\xfd" + struct.pack("<H", number)
    return b"\xfe" + struct.pack("<I", number)


def payout_outputs(payout: dict, value_sat: int) -> list[bytes] | None:
    """Each output's part, rounded down; the first has what is left. None when that cannot be."""
    outputs = payout["outputs"]
    if not outputs or sum(points for _, points in outputs) > BASIS_POINTS:
        return None
    parts = [value_sat * points // BASIS_POINTS for _, points in outputs]
    parts[0] += value_sat - sum(parts)
    serialised = []
    for part, (script_hex, _) in zip(parts, outputs):
        script = bytes.fromhex(script_hex)
        serialised.append(struct.pack("<Q", part) + compact_size(len(script)) + script)
    return serialised


def coinbase_around(template: dict, payout: dict, job: dict) -> tuple[bytes, bytes] | None:
    """What stands before and behind the extranonce in the coinbase that txids are made of, without
    marker, flag and witness (Sv2 5.3.16); None when there can be no such coinbase."""
    extranonce_size = len(job["extranonce_prefix"]) // 2 + job["extranonce_size"]
    tag = bytes.fromhex(payout["pool_tag"])
    outputs = payout_outputs(payout, template["coinbase_tx_value_remaining"])
    if outputs is None or len(tag) > POOL_TAG_MAX or extranonce_size > EXTRANONCE_MAX:
        return None
    script = bytes.fromhex(template["coinbase_prefix"])
    if tag:
        script += bytes([len(tag)]) + tag
    named = bytes.fromhex(template["ref"]) + struct.pack(">H", job["variant"])
    script += bytes([len(named) + extranonce_size]) + named
    if not 2 <= len(script) + extranonce_size <= SCRIPT_SIG_MAX:
        return None
    before = (struct.pack("<I", template["coinbase_tx_version"]) + b"\x01" + bytes(32)
              + b"\xff" * 4 + bytes([len(script) + extranonce_size]) + script)
    behind = (struct.pack("<I", template["coinbase_tx_input_sequence"])
              + compact_size(len(outputs) + template["coinbase_tx_outputs_count"])
              + b"".join(outputs) + bytes.fromhex(template["coinbase_tx_outputs"])
              + struct.pack("<I", template["coinbase_tx_locktime"]))
    return before, behind


def merkle_root(coinbase: bytes, path: list[bytes]) -> bytes:
    root = sha256d(coinbase)
    for node in path:
        root = sha256d(root + node)
    return root


def header(version: int, prev_hash: bytes, root: bytes, ntime: int, nbits: int,
           nonce: int) -> bytes:
    return (struct.pack("<I", version) + prev_hash + root
            + struct.pack("<III", ntime, nbits, nonce))


def difficulty_q32(target: int) -> int:
    """D1 / target with 32 binary places, rounded down, in 64 bits; a zero target has the most."""
    most = 2**64 - 1
    return min((D1 << 32) // target, most) if target else most


class Job:
    """A job with what its shares have in common."""

    def __init__(self, scene: dict):
        self.template, self.job = scene["template"], scene["job"]
        self.around = coinbase_around(self.template, scene["payout"], self.job)
        self.prefix = bytes.fromhex(self.job["extranonce_prefix"])
        self.path = [bytes.fromhex(node) for node in self.template["merkle_path"]]
        self.target = int(self.job["target"], 16)
        self.network_target = int(self.template["network_target"], 16)

    def hash_of(self, share: dict) -> bytes | None:
        """Of the header; None where there is none, because the coinbase cannot be built."""
        extranonce = bytes.fromhex(share["extranonce"])
        if self.around is None or len(extranonce) != self.job["extranonce_size"]:
            return None
        before, behind = self.around
        root = merkle_root(before + self.prefix + extranonce + behind, self.path)
        return sha256d(header(share["version"], bytes.fromhex(self.template["prev_hash"]), root,
                              share["ntime"], self.template["nbits"], share["nonce"]))

    def verdict(self, share: dict, found: bytes | None) -> str:
        """The checks in the order in which the reference reports them."""
        # Nobody hears of a share for a channel that was closed; it counts as stale.
        if share["state"] in ("stale", "closed"):
            return "stale-share"
        if len(share["extranonce"]) != 2 * self.job["extranonce_size"]:
            return "bad-extranonce-size"
        now = share["received_at_us"] // 1_000_000
        if not self.template["min_ntime"] <= share["ntime"] <= now + NTIME_AHEAD_MAX:
            return "invalid-share"
        changed = share["version"] ^ self.template["version"]
        if self.job["version_rolling_allowed"]:
            if changed & ~ROLLABLE_BITS:
                return "invalid-non-rollable-version-bit"
        elif changed:
            return "version-rolling-not-allowed"
        if found is None:
            return "invalid-share"
        if int.from_bytes(found, "little") > self.target:
            return "difficulty-too-low"
        return "accepted"

    def judge(self, share: dict) -> dict:
        """As share-records says it. Whether it solves a block is asked first, whatever the
        verdict: a block must not be lost."""
        found = self.hash_of(share)
        verdict = self.verdict(share, found)
        return {
            "hash": (found or NO_HASH).hex(),
            "solves_block": (found is not None
                             and int.from_bytes(found, "little") <= self.network_target),
            "verdict": verdict,
            "difficulty_q32": difficulty_q32(self.target) if verdict == "accepted" else 0,
        }
