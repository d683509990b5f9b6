"""Mutants as programs, for ./dev mutate: one source file is compiled again, and the tests are linked
with it before the libraries. All of it happens in a copy of what a build has made, with a copy of
the sources, so that neither the tree nor the build knows of it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import threading
from pathlib import Path

import children
import mutate_together
from console import Failure

SCRIPTS = "libs/ledger/scripts.cpp.in"
_INCLUDE = re.compile(r"^#include .*$", re.MULTILINE)
# What does not change what code does, or takes time: mutants are made by the thousand.
_LEFT_OUT = re.compile(r"-W(?!l,).*|-g\d?|-O\d|-c|-o")


def _run(command: list, cwd: Path) -> tuple[int, str]:
    process = children.start(command, cwd=cwd, text=True, errors="replace",
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = process.communicate()[0]
    return process.returncode, said


def link_words(command: str) -> list[str]:
    """The linker's part of what ninja does for a program: `: && c++ ... -o bin/x ... && cd ...`."""
    for part in command.split(" && "):
        if " -o bin/" in part:
            return shlex.split(part)
    raise ValueError(f"no program is linked by: {command[:200]}")


class Copy:
    """A build's objects and libraries, without what is for debuggers, and its sources."""

    def __init__(self, root: Path, build: Path, folder: Path):
        self.root, self.build, self.folder = root, build, folder
        self.objects, self.sources = folder / "objects", folder / "sources"
        self._links: dict[str, list[str]] = {}
        self._prepared: dict[str, Path] = {}
        self._lock = threading.Lock()

    def take(self, programs: list[str]) -> None:
        """`programs`: names under bin/."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.sources.mkdir(parents=True)
        for part in ("libs", "services", "tools", "tests"):
            shutil.copytree(self.root / part, self.sources / part,
                            ignore=shutil.ignore_patterns("*.py", "node_modules", "corpus"))
        shutil.copytree(self.build / "generated", self.sources / "generated")
        needed = set()
        for program in programs:
            said = subprocess.run(["ninja", "-C", self.build, "-t", "commands", "-s", f"bin/{program}"],
                                  text=True, check=True, capture_output=True).stdout
            self._links[program] = link_words(said.splitlines()[-1])
            needed |= {word for word in self._links[program]
                       if word.endswith((".o", ".a")) and not word.startswith("/")}
        for name in sorted(needed):
            to = self.objects / name
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.build / name, to)
        (self.objects / "bin").mkdir(parents=True, exist_ok=True)
        subprocess.run(["strip", "--strip-debug", *sorted(needed)], cwd=self.objects, check=True)
        self._commands = json.loads((self.build / "compile_commands.json").read_text())

    def text(self, path: str) -> str:
        return (self.sources / path).read_text()

    def is_linked(self, path: str, program: str) -> bool:
        """Whether the program has what is made of this file, as an object or in a library."""
        entry = self._entry(SCRIPTS if path.endswith(".lua") else path)
        words = shlex.split(entry["command"])
        made = words[words.index("-o") + 1]
        library = re.sub(r"CMakeFiles/([\w-]+)\.dir/.*", r"lib\1.a", made)
        return made in self._links[program] or library in self._links[program]

    def _entry(self, path: str) -> dict:
        """Of the library's own object: others may be made of the same file."""
        area = path.split("/", maxsplit=1)[0]
        wanted = self.build / "libs/ledger/scripts.cpp" if path == SCRIPTS else self.root / path
        for entry in self._commands:
            words = shlex.split(entry["command"])
            if Path(entry["file"]) == wanted and words[words.index("-o") + 1].startswith(f"{area}/"):
                return entry
        raise Failure(f"no target compiles {path}")

    def _command(self, path: str) -> list[str]:
        """How the library's own object is compiled, but for its name."""
        entry = self._entry(path)
        words, source = shlex.split(entry["command"]), Path(entry["file"])
        out, skip = [], False
        for word in words:
            if not skip and not _LEFT_OUT.fullmatch(word) and not Path(word) == source:
                out.append(self._in_copy(word))
            skip = word == "-o"
        while "ccache" in Path(out[0]).name or out[0].endswith("cmake"):
            out = out[1:]
        return [*out, "-w"]

    def _in_copy(self, word: str) -> str:
        generated = str(self.build / "generated")  # which is below the root
        if generated in word:
            return word.replace(generated, str(self.sources / "generated"))
        return word.replace(str(self.root) + "/", str(self.sources) + "/")

    def _prepare(self, path: str) -> Path:
        """Headers are read once for all mutants of a file: most of a compilation is theirs."""
        with self._lock:
            if path in self._prepared:
                return self._prepared[path]
            folder = self.folder / "headers"
            shutil.rmtree(folder, ignore_errors=True)  # of the file before; they are large
            folder.mkdir()
            header = folder / "all.h"
            header.write_text("\n".join(_INCLUDE.findall(self.text(path))) + "\n")
            status, said = _run([*self._command(path), "-O1", "-x", "c++-header", "-o", f"{header}.gch",
                                 header], self.folder)
            if status != 0:
                raise Failure(f"the headers of {path} do not compile:\n{said}")
            self._prepared = {path: header}
            return header

    def compile(self, path: str, text: str, folder: Path) -> bytes | None:
        """The object's bytes, which are also in folder/mutant.o; nothing when it does not compile.
        Its name is always the same, so that equal code gives equal bytes."""
        if path.endswith(".lua"):
            changed = self.text(SCRIPTS).replace(f"@{Path(path).stem}@", text)
            status, _ = self._compile(SCRIPTS, self._filled(changed), folder, "-O1")
        else:
            status, _ = self._compile(path, text, folder, "-O1", "-include", self._prepare(path))
        return (folder / "mutant.o").read_bytes() if status == 0 else None

    def compile_together(self, path: str, mutants: list, folder: Path) -> dict:
        """One object that is any of these mutants, by its number; returns those that it can be."""
        def compile_text(text: str) -> str:
            # Large, and run for a moment: to optimise it takes longer than it saves.
            compiled = SCRIPTS if path.endswith(".lua") else path
            status, said = self._compile(compiled, text, folder, "-O0")
            return said if status != 0 else ""

        text = self.text(path)
        if path.endswith(".lua"):
            return self._scripts_together(path, text, mutants, compile_text)
        chosen = mutate_together.numbered(text, mutants)
        return mutate_together.compiled(text, chosen, Path(path).name, compile_text)

    def _scripts_together(self, path: str, text: str, mutants: list, compile_text) -> dict:
        chosen = dict(enumerate((m for m in mutants if is_lua(m.apply(text))), 1))
        name = Path(path).stem
        template = mutate_together.scripts(self.text(SCRIPTS), name, text, chosen)
        if said := compile_text(self._filled(template)):
            raise Failure(f"the mutants of {path} do not compile:\n{said}")
        return chosen

    def _compile(self, path: str, text: str, folder: Path, *words) -> tuple[int, str]:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mutant.cpp").write_text(text)
        return _run([*self._command(path), *words, "-c", "mutant.cpp", "-o", "mutant.o"], folder)

    def _filled(self, template: str) -> str:
        """With the scripts as they are where none is yet."""
        def script(match: re.Match) -> str:
            return self.text(f"libs/ledger/{match.group(1)}.lua")

        return re.sub(r"@(\w+)@", script, template)

    def link(self, program: str, folder: Path, with_mutant: bool = True) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        to = folder / program
        words = list(self._links[program])
        at = words.index("-o")
        words[at + 1] = str(to)
        if with_mutant:
            words.insert(at, str(folder / "mutant.o"))
        status, said = _run([*words, "-Wl,--strip-all"], self.objects)
        if status != 0:
            raise Failure(f"{program} cannot be linked:\n{said[-2000:]}")
        return to


def is_lua(text: str) -> bool:
    """Whether Lua 5.1 would take it; yes where there is no Lua to ask."""
    import ctypes
    import ctypes.util
    name = ctypes.util.find_library("lua5.1")
    if name is None:
        return True
    lua = ctypes.CDLL(name)
    lua.luaL_newstate.restype = ctypes.c_void_p
    lua.luaL_loadstring.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    lua.lua_close.argtypes = [ctypes.c_void_p]
    state = lua.luaL_newstate()
    try:
        return lua.luaL_loadstring(state, text.encode()) == 0
    finally:
        lua.lua_close(state)
