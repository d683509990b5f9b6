"""Collects what an image contains: programs, the libraries that they load, and what names all that.

    rootfs.py --build build/dev --out /image [--symbols /symbols] [IMAGE...]

Makes a folder of each image in --out, which is its whole file system: there is no shell in it and nothing
that installs. Where an SPDX list of the contents lies in it: usr/share/adit/sbom.spdx.json.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import debian
import headers
import spdx

ROOT = Path(__file__).resolve().parents[2]
SBOM = "usr/share/adit/sbom.spdx.json"
# The programs of each image, and the target of CMake that each is.
IMAGES = {
    "gateway": {"adit-gateway": "gateway"},
    "channel-manager": {"adit-channel-manager": "channel_manager"},
    "template": {"adit-template": "template"},
    "vardiff": {"adit-vardiff": "vardiff"},
    "translator": {"adit-translator": "translator"},
    "admin": {"adit-admin": "admin"},
    "devnode": {"adit-devnode": "devnode"},
    "tools": {"aditctl": "aditctl", "adit-auditor": "auditor", "adit-miner": "adit-miner",
              "adit-loadgen": "loadgen"},
}
USER = 65532  # nobody else's; deploy/kubernetes has it too
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"  # made by the package when it is installed
FOLDERS = ("dev", "etc/adit", "proc", "run/secrets/adit", "sys", "tmp", "var/lib/adit/spool")
TEXTS = {
    "etc/passwd": f"adit:x:{USER}:{USER}:adit:/nonexistent:/usr/sbin/nologin\n",
    "etc/group": f"adit:x:{USER}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


class Unfit(Exception):
    """What keeps an image from being made, in one line."""


def loaded(program: Path) -> list[Path]:
    """The libraries that a program loads, and the loader itself."""
    said = subprocess.run(["ldd", program], text=True, check=False, capture_output=True)
    if said.returncode != 0:
        raise Unfit(f"ldd {program}: {(said.stderr or said.stdout).strip()}")
    found = []
    for line in said.stdout.splitlines():
        if "not found" in line:
            raise Unfit(f"{program}: {line.strip()}")
        match = re.match(r"\s*(?:\S+ => )?(/\S+) \(", line)
        if match:
            found.append(Path(match[1]))
    return found


def copy(source: Path, root: Path) -> list[str]:
    """Copies a file to where it is here, and what leads to it when it is a link. Returns the paths."""
    folder = source.parent.resolve()  # /lib is /usr/lib
    place = root / folder.relative_to("/") / source.name
    place.parent.mkdir(parents=True, exist_ok=True)
    if not source.is_symlink():
        shutil.copy2(source, place)
        return [str(folder / source.name)]
    target = source.readlink()
    if not place.is_symlink():
        place.symlink_to(target)
    return copy(folder / target, root)


def merged_usr(root: Path) -> None:
    """The names by which programs ask for their loader."""
    for name in ("lib", "lib64"):
        if Path("/", name).is_symlink():
            (root / "usr" / name).mkdir(parents=True, exist_ok=True)
            (root / name).symlink_to(f"usr/{name}")


def install_program(program: Path, root: Path, symbols: Path | None) -> str:
    """The program without its symbols, which go where debuggers look for them by its build id."""
    place = root / "usr/bin" / program.name
    place.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["strip", "-o", place, program], check=True)
    place.chmod(0o755)
    if symbols:
        notes = subprocess.run(["readelf", "--notes", program], text=True, check=True,
                               capture_output=True).stdout
        build_id = re.search(r"Build ID: ([0-9a-f]{2})([0-9a-f]+)", notes)
        if not build_id:
            raise Unfit(f"{program} has no build id")
        debug = symbols / "usr/lib/debug/.build-id" / build_id[1] / f"{build_id[2]}.debug"
        debug.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["objcopy", "--only-keep-debug", "--compress-debug-sections", program, debug],
                       check=True)
    return f"/usr/bin/{program.name}"


def bundled_pages() -> list[spdx.Bundled]:
    """What the console's pages are made of: what its lock file names, but the tools that make them."""
    locked = json.loads((ROOT / "console/package-lock.json").read_text(encoding="utf-8"))["packages"]
    return [spdx.Bundled(path.rpartition("node_modules/")[2], entry["version"], entry.get("license", "NOASSERTION"))
            for path, entry in sorted(locked.items()) if path and not entry.get("dev")]


def system_files(root: Path) -> dict[str, str]:
    """What programs and scanners expect of a system. Returns the files with their packages."""
    merged_usr(root)
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for path, text in TEXTS.items():
        (root / path).write_text(text, encoding="utf-8")
    if not Path(AUTHORITIES).exists():
        raise Unfit(f"{AUTHORITIES} is not here: apt-get install ca-certificates")
    authorities = copy(Path(AUTHORITIES), root)
    openssl = root / "usr/lib/ssl"  # where OpenSSL looks when it is not told
    openssl.mkdir(parents=True)
    (openssl / "cert.pem").symlink_to(AUTHORITIES)
    release = copy(Path("/etc/os-release"), root)
    return {**dict.fromkeys(authorities, "ca-certificates"), **debian.owners(release)}


def notices(root: Path, packages: list[debian.Package]) -> None:
    """Licences go along with what is under them, and an entry for each package, as scanners want it."""
    for package in packages:
        doc = root / "usr/share/doc" / package.name
        doc.mkdir(parents=True, exist_ok=True)
        (doc / "copyright").write_text(package.copyright, encoding="utf-8")
        entry = root / "var/lib/dpkg/status.d" / package.name
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text(debian.status(package.name), encoding="utf-8")
    doc = root / "usr/share/doc/adit"
    doc.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "LICENSE", doc / "copyright")


def make(image: str, build: Path, out: Path, symbols: Path | None, version: str) -> spdx.Contents:
    """Makes OUT/IMAGE anew."""
    root = out / image
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    contents = spdx.Contents(image, version, system_files(root))
    libraries: set[Path] = set()
    for name in IMAGES[image]:
        program = build / "bin" / name
        if not program.exists():
            raise Unfit(f"{program} is not built: ./dev build {build.name} --target images")
        contents.files[install_program(program, root, symbols)] = ""
        libraries.update(loaded(program))
    copied = [path for library in sorted(libraries) for path in copy(library, root)]
    contents.files |= debian.owners(copied)
    names = sorted({name for name in contents.files.values() if name})
    contents.packages = [debian.package(name) for name in names]
    contents.compiled_in = [debian.package(name) for name in headers.packages(build, IMAGES[image].values())]
    if "adit-admin" in IMAGES[image]:
        contents.bundled = bundled_pages()
    notices(root, contents.packages)
    sbom = root / SBOM
    sbom.parent.mkdir(parents=True, exist_ok=True)
    sbom.write_text(json.dumps(spdx.document(root, contents), indent=1) + "\n", encoding="utf-8")
    return contents


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def project_version() -> str:
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"project\(\S+ VERSION (\S+)", text)[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="the folder of a built preset")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--symbols", type=Path, help="where the programs' symbols go")
    parser.add_argument("images", nargs="*", metavar="IMAGE", help=f"of {', '.join(IMAGES)}; default: all")
    options = parser.parse_args()
    unknown = set(options.images) - set(IMAGES)
    if unknown:
        parser.error(f"no image {', '.join(sorted(unknown))}; there are: {', '.join(IMAGES)}")
    for image in options.images or IMAGES:
        try:
            made = make(image, options.build, options.out, options.symbols, project_version())
        except (Unfit, debian.Unknown) as error:
            sys.exit(f"rootfs: {image}: {error}")
        folder = options.out / image
        programs = sum((folder / "usr/bin" / name).stat().st_size for name in IMAGES[image])
        print(f"{image}: {size(folder) / 2**20:.1f} MiB, of which programs {programs / 2**20:.1f}; "
              f"{len(made.packages)} packages of Debian, headers of {len(made.compiled_in)}", flush=True)


if __name__ == "__main__":
    main()
