"""What the pods' names mean right now: a hosts file with several addresses of a name, as a headless
service has them. Everybody reads it at each look-up."""

from pathlib import Path


def hosts_text(names: dict[str, list[str]]) -> str:
    lines = ["127.0.0.1 localhost"]
    for name, addresses in sorted(names.items()):
        lines += [f"{address} {name}" for address in addresses]
    return "\n".join(lines) + "\n"


class Names:
    def __init__(self, file: Path = Path("/etc/hosts")):
        self._file = file
        self._written = ""

    def set(self, names: dict[str, list[str]]) -> None:
        """In one step, so that nobody reads half of it."""
        text = hosts_text(names)
        if text == self._written:
            return
        new = self._file.with_name(self._file.name + ".new")
        new.write_text(text)
        new.rename(self._file)
        self._written = text
