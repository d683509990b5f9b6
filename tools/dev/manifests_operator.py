"""What the operator makes, as deploy/kubernetes/README.md says it: the commands there that create
Secrets and ConfigMaps, with their keys."""

import re
import shlex
from dataclasses import dataclass

from manifests_render import FOLDER

README = FOLDER / "README.md"
_COMMAND = re.compile(r"^\s*kubectl create (secret generic|configmap) (\S+)(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Made:
    kind: str
    name: str
    keys: frozenset[str]


def read(text: str) -> list[Made]:
    made = []
    for what, name, rest in _COMMAND.findall(text.replace("\\\n", " ")):
        sources = [word.partition("=")[2] for word in shlex.split(rest)
                   if word.startswith(("--from-file=", "--from-literal="))]
        keys = {source.partition("=")[0].rpartition("/")[2] for source in sources}
        made.append(Made("ConfigMap" if what == "configmap" else "Secret", name, frozenset(keys)))
    return made


def made() -> list[Made]:
    return read(README.read_text(encoding="utf-8"))


def texts(kind: str, name: str) -> dict[str, str]:
    """What the README writes into the files of one of them: its lines that end in `> FILE`."""
    lines = README.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return {key: "\n".join(line for line in lines if line.rstrip().endswith(f"> {key}"))
            for entry in made() if (entry.kind, entry.name) == (kind, name) for key in entry.keys}
