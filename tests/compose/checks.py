"""What must hold of deploy/compose.yaml besides its schema: that all that it names is there and fits."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
IMAGES = "localhost/adit/"
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
HOST_PORT = re.compile(r"(?:^|//|@)([a-z][a-z0-9-]*):(\d+)")


@dataclass
class Service:
    """A service as compose reads it, with its image's defaults."""

    name: str
    text: dict
    mounts: dict[str, tuple[str, str]] = field(default_factory=dict)  # inside: outside, options

    @property
    def image(self) -> str | None:
        """The target of deploy/Containerfile, where it is one of ours."""
        return self.text["image"].removeprefix(IMAGES).rpartition(":")[0] \
            if self.text["image"].startswith(IMAGES) else None

    @property
    def configuration(self) -> Path | None:
        """The file in the container that its program reads."""
        command = self.text.get("command") or image_command(self.image or "")
        return Path(command[command.index("--config") + 1]) if "--config" in command else None

    def names(self) -> set[str]:
        networks = self.text.get("networks") or {}
        aliases = [one.get("aliases", []) for one in networks.values() if one] \
            if isinstance(networks, dict) else []
        return {self.name, *(alias for some in aliases for alias in some)}


def stage(image: str) -> str | None:
    match = re.search(rf"^FROM runtime AS {re.escape(image)}\n(.*?)(?=^FROM |\Z)", CONTAINERFILE,
                      re.MULTILINE | re.DOTALL)
    return match and match[1]


def image_command(image: str) -> list[str]:
    match = re.search(r"^CMD (\[.*\])$", stage(image) or "", re.MULTILINE)
    return yaml.safe_load(match[1]) if match else []


def with_defaults(text: str, chosen: dict[str, str]) -> str:
    return VARIABLE.sub(lambda found: chosen.get(found[1], found[2] or ""), text)


def load(file: Path, chosen: dict[str, str]) -> dict[str, Service]:
    composed = yaml.safe_load(with_defaults(file.read_text(encoding="utf-8"), chosen))
    services = {}
    for name, text in composed["services"].items():
        services[name] = Service(name, text)
        for volume in text.get("volumes", []):
            outside, inside, *options = volume.split(":")
            services[name].mounts[inside] = (outside, options[0] if options else "")
    return services


def outside(service: Service, inside: Path, base: Path) -> Path | None:
    """Where a file of the container lies here."""
    for place in (inside, *inside.parents):
        if str(place) in service.mounts:
            return base / service.mounts[str(place)][0] / inside.relative_to(place)
    return None


def settings(service: Service, base: Path, problems: list[str]) -> dict:
    """All that the service reads, by file; a file that is not mounted is a problem."""
    found, wanted = {}, [service.configuration] if service.configuration else []
    while wanted:
        inside = wanted.pop()
        here = outside(service, inside, base)
        if here is None or not here.is_file():
            problems.append(f"{service.name}: {inside} is read and not mounted")
            continue
        found[inside] = tomllib.loads(here.read_text(encoding="utf-8"))
        wanted += [inside.parent / name for name in found[inside].get("include", [])]
    return found


def strings(value) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


def ports(service: Service, read: dict) -> set[str]:
    """Where it listens: as its configuration says, else as its image does."""
    listened = {match[1] for tree in read.values() for text in strings(tree)
                for match in [re.fullmatch(r"0\.0\.0\.0:(\d+)", text)] if match}
    if not listened and service.image:
        exposed = re.search(r"^EXPOSE (.*)$", stage(service.image) or "", re.MULTILINE)
        listened = set(exposed[1].split()) if exposed else set()
    return listened or ({"6379"} if service.name == "redis" else set())


def seconds(duration: str) -> float:
    number, unit = re.fullmatch(r"([0-9.]+)(ms|s|m|h)", duration).groups()
    return float(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]


def _check_mounts(service: Service, base: Path, named_volumes: dict, problems: list[str]) -> None:
    for inside, (source, options) in service.mounts.items():
        if not source.startswith(("/", ".")):
            if source not in named_volumes:
                problems.append(f"{service.name}: volume {source} is not declared")
        elif not (base / source).exists():
            problems.append(f"{service.name}: {source} does not exist")
        elif options != "ro":
            problems.append(f"{service.name}: {inside} can be written to")


def _check_image(service: Service, problems: list[str]) -> None:
    image = service.image
    if image is None:
        return
    if stage(image) is None:
        problems.append(f"{service.name}: {image} is no target of deploy/Containerfile")
        return
    if service.text.get("build", {}).get("target") != image:
        problems.append(f"{service.name}: what is built is not {image}")
    program = yaml.safe_load(re.search(r"^ENTRYPOINT (\[.*\])$", stage(image), re.MULTILINE)[1])[0]
    asked = service.text.get("healthcheck", {}).get("test")
    if service.configuration and asked != ["CMD", program, "--config", str(service.configuration),
                                           "--check-health"]:
        problems.append(f"{service.name}: its health check is not {program} --check-health")


def _check_limits(service: Service, read: dict, problems: list[str]) -> None:
    text = service.text
    if not text.get("read_only"):
        problems.append(f"{service.name}: its root can be written to")
    if text.get("cap_drop") != ["ALL"] or text.get("cap_add") or text.get("privileged"):
        problems.append(f"{service.name}: it has capabilities")
    if "no-new-privileges:true" not in text.get("security_opt", []):
        problems.append(f"{service.name}: it may gain privileges")
    if not text.get("restart"):
        problems.append(f"{service.name}: nobody starts it again")
    for tree in read.values():
        spread = seconds(tree.get("drain", {}).get("spread", "0s"))
        if seconds(text.get("stop_grace_period", "10s")) < spread + 20:
            problems.append(f"{service.name}: it is killed before it is drained ({spread:.0f} s)")


def _check_dialled(service: Service, read: dict, known: dict[str, set[str]], problems: list[str]) -> None:
    for file, tree in read.items():
        for text in strings(tree):
            for host, port in HOST_PORT.findall(text):
                if host not in known:
                    problems.append(f"{service.name}: {file} names {host}, which no service is")
                elif port not in known[host]:
                    problems.append(f"{service.name}: nobody listens at {host}:{port} of {file}")
            if text.startswith("/run/secrets/") and text not in _inside(service):
                problems.append(f"{service.name}: {text} is not mounted")


def _inside(service: Service) -> set[str]:
    """The files under what is mounted, as the container names them."""
    found = set()
    for inside, (source, _) in service.mounts.items():
        here = Path(source)
        found |= {f"{inside}/{path.relative_to(here)}" for path in here.rglob("*") if path.is_file()}
    return found


def check(file: Path, chosen: dict[str, str]) -> list[str]:
    """All that is wrong, a line each. `chosen` are variables of the environment; folders absolute."""
    problems: list[str] = []
    services = load(file, chosen)
    base = DEPLOY
    volumes = yaml.safe_load(file.read_text(encoding="utf-8")).get("volumes") or {}
    read = {name: settings(service, base, problems) for name, service in services.items()}
    known: dict[str, set[str]] = {}
    for name, service in services.items():
        for alias in service.names():
            known.setdefault(alias, set()).update(ports(service, read[name]))
    for name, service in services.items():
        _check_mounts(service, base, volumes, problems)
        _check_image(service, problems)
        _check_limits(service, read[name], problems)
        _check_dialled(service, read[name], known, problems)
        for published in service.text.get("ports", []):
            if published.rpartition(":")[2] not in ports(service, read[name]):
                problems.append(f"{name}: it does not listen at {published}")
        for needed in service.text.get("depends_on", {}):
            if needed not in services:
                problems.append(f"{name}: it depends on {needed}, which is no service")
    return problems
