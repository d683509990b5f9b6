"""Durations as the configuration files write them."""

import argparse
import re

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: str) -> float:
    """For argparse: "500ms", "60s", "10m", "24h"; a bare number lacks its unit."""
    match = re.fullmatch(r"(\d+)(ms|s|m|h|d)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"\"{text}\" is not a duration such as 60s, 10m or 1h")
    return int(match.group(1)) * _UNITS[match.group(2)]


def clock(elapsed_s: float) -> str:
    """0:01:05."""
    whole = int(elapsed_s)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
