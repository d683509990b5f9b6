"""The tree as the checks see it: C++ files without comments and strings, and the build's targets."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

# In one pass, so that a quote in a comment or slashes in a string do not mislead.
_NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s"]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'',
    re.DOTALL)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">]', re.MULTILINE)
# foo_test.cpp and foo_bench.cpp, and what only they include: testing.h, test_bytes.h.
_TEST_FILE = re.compile(r"(?:/|_)(?:test|testing|bench)(?:_\w+)?\.(?:h|cpp)$")
_TARGET = re.compile(r'\b(pool_library|pool_service|pool_tool|pool_proto)\s*\(([^)]*)\)')
_LINKED = re.compile(r'\btarget_link_libraries\s*\(([^)]*)\)')
_KEYWORDS = {"SOURCES", "TESTS", "USES", "GRPC"}


def _blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match.group())


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    rule: str
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.advice}"


class Source:
    """One C++ file."""

    def __init__(self, root: Path, file: Path):
        self.path = file.relative_to(root).as_posix()
        self.text = file.read_text(encoding="utf-8")

    @property
    def area(self) -> str:
        """libs, services, tools or tests."""
        return self.path.split("/")[0]

    @property
    def folder(self) -> str:
        """The library, service or tool that the file belongs to."""
        parts = self.path.split("/")
        return parts[1] if len(parts) > 2 else ""

    @property
    def is_test(self) -> bool:
        return _TEST_FILE.search(self.path) is not None

    @cached_property
    def code(self) -> str:
        """The text with comments and literals blanked; offsets and lines stay."""
        return _NOT_CODE.sub(_blank, self.text)

    @cached_property
    def includes(self) -> list[tuple[int, str]]:
        """(line, what is included); an include that is commented out is none."""
        found = []
        for match in _INCLUDE.finditer(self.text):
            if "#" in self.code[match.start():match.end()]:
                found.append((self.line_of(match.start(2)), match.group(2)))
        return found

    def line_of(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


@dataclass
class Target:
    """One pool_library, pool_service, pool_tool or pool_proto call."""

    name: str
    kind: str
    path: str
    line: int
    uses: list[str] = field(default_factory=list)


class Tree:
    def __init__(self, root: Path):
        self.root = root
        self.sources = [Source(root, file) for area in ("libs", "services", "tools")
                        for pattern in ("*.h", "*.cpp")
                        for file in sorted((root / area).rglob(pattern))]
        self.targets: dict[str, Target] = {}
        for area in ("proto", "libs", "services", "tools"):
            for file in sorted((root / area).rglob("CMakeLists.txt")):
                self._read_targets(file)

    def _read_targets(self, file: Path) -> None:
        text = re.sub(r"#[^\n]*", "", file.read_text(encoding="utf-8"))
        path = file.relative_to(self.root).as_posix()
        for match in _TARGET.finditer(text):
            words = match.group(2).split()
            if not words:
                continue
            name = words[0].replace("-", "_")
            if match.group(1) == "pool_service":
                name += "_core"
            keyword, uses = "", []
            for word in words[1:]:
                if word in _KEYWORDS:
                    keyword = word
                elif keyword == "USES":
                    uses.append(word)
            self.targets[name] = Target(name, match.group(1), path,
                                        text.count("\n", 0, match.start()) + 1, uses)
        for match in _LINKED.finditer(text):
            words = match.group(1).split()
            target = self.targets.get(words[0].replace("-", "_")) if words else None
            if target:
                target.uses += [w for w in words[1:] if w not in ("PUBLIC", "PRIVATE", "INTERFACE")]

    def reach(self, name: str) -> set[str]:
        """A target and all that it uses, directly or not."""
        seen, todo = set(), [name]
        while todo:
            at = todo.pop()
            if at in seen:
                continue
            seen.add(at)
            if at in self.targets:
                todo += self.targets[at].uses
        return seen
