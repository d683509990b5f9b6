"""Builds the web pages of adit-admin and writes them as C++, as services/admin/web_assets.h has them.

Usage: build.py SOURCE BUILD OUT.cpp [--without]

Everything happens in BUILD: the source tree stays clean. --without writes pages that say that they were
left out, and needs neither node nor npm.
"""

import argparse
import gzip
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
OFF = "the build can go on without the pages: cmake -DADIT_CONSOLE=OFF"
LEFT_OUT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>adit</title>
<p>This adit-admin was built without its web pages (-DADIT_CONSOLE=OFF). Its API and aditctl work.
</html>
"""


def fail(text: str) -> None:
    sys.exit(f"console: {text}")


def run(command: list[str], folder: Path, what: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, text=True, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        fail(f"{command[0]} is not installed: apt-get install nodejs npm; or {OFF}")
    if done.returncode != 0:
        print(done.stdout)
        fail(what)


def install(source: Path, build: Path) -> None:
    """Packages as the lock file names them, once for each lock file."""
    lock = (source / "package-lock.json").read_bytes()
    mark = build / "node_modules" / ".adit-installed"
    if mark.exists() and mark.read_bytes() == lock:
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(source / name, build / name)
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], build,
        "npm could not install what console/package-lock.json names, see above; is the registry "
        f"(npm config get registry) reachable? {OFF}")
    mark.write_bytes(lock)


def bundle(source: Path, build: Path) -> Path:
    for name in ("src", "public"):
        shutil.rmtree(build / name, ignore_errors=True)
        shutil.copytree(source / name, build / name)
    for name in ("index.html", "miner.html", "tsconfig.json", "vite.config.ts"):
        shutil.copyfile(source / name, build / name)
    run(["npm", "run", "--silent", "build"], build, "the pages do not build, see above")
    return build / "dist"


def without(build: Path) -> Path:
    folder = build / "left-out"
    folder.mkdir(exist_ok=True)
    for name in ("index.html", "miner.html"):
        (folder / name).write_text(LEFT_OUT, encoding="utf-8")
    return folder


def array(name: str, content: bytes) -> str:
    """Signed, as char is."""
    values = ",".join(str(byte - 256 if byte > 127 else byte) for byte in content)
    return f"constexpr signed char {name}[] = {{{values or 0}}};\n"


def view(name: str, content: bytes) -> str:
    return f"{{reinterpret_cast<const char*>({name}), {len(content)}}}" if content else "{}"


def write(folder: Path, out: Path) -> None:
    arrays, rows = "", ""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for number, path in enumerate(files):
        name = path.relative_to(folder).as_posix()
        if path.suffix not in TYPES:
            fail(f"of which type is {name}?")
        plain = path.read_bytes()
        packed = gzip.compress(plain, 9, mtime=0)
        packed = packed if len(packed) < len(plain) else b""
        arrays += array(f"plain_{number}", plain)
        arrays += array(f"gzip_{number}", packed) if packed else ""
        etag = hashlib.sha256(plain).hexdigest()[:16]
        immutable = "true" if name.startswith("assets/") else "false"
        rows += (f'        {{"/{name}", "{TYPES[path.suffix]}", "\\"{etag}\\"",\n'
                 f'         {view(f"plain_{number}", plain)},\n'
                 f'         {view(f"gzip_{number}", packed)}, {immutable}}},\n')
    text = ("// Made by console/build.py.\n#include \"admin/web_assets.h\"\n\n"
            f"namespace admin {{\nnamespace {{\n{arrays}}}  // namespace\n\n"
            "std::span<const WebAsset> web_assets() {\n"
            f"    static const WebAsset assets[] = {{\n{rows}    }};\n    return assets;\n}}\n\n"
            "}  // namespace admin\n")
    if not out.exists() or out.read_text(encoding="utf-8") != text:
        out.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("build", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--without", action="store_true")
    arguments = parser.parse_args()
    arguments.build.mkdir(parents=True, exist_ok=True)
    if arguments.without:
        write(without(arguments.build), arguments.out)
    else:
        install(arguments.source, arguments.build)
        write(bundle(arguments.source, arguments.build), arguments.out)


if __name__ == "__main__":
    main()
