"""What ./dev mutate changes: the mutants of a file of C++ or Lua, in the order of the file."""

import re
from dataclasses import dataclass

import mutate_cpp
import mutate_lua
from mutate_tokens import Token, tokens_of

_RELATIONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
_CPP_BINARY = {**_RELATIONS, "&&": "||", "||": "&&", "+": "-", "-": "+", "*": "/", "/": "*",
               "%": "/", "<<": ">>", ">>": "<<", "+=": "-=", "-=": "+=", "*=": "/="}
_LUA_BINARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "~=", "~=": "==",
               "+": "-", "-": "+", "*": "/", "/": "*", "%": "/"}
_CPP_WORDS = {"true": "false", "false": "true"}
_CPP_FUNCTIONS = {"min": "max", "max": "min", "any_of": "all_of", "all_of": "any_of"}
_LUA_WORDS = {"true": "false", "false": "true", "and": "or", "or": "and"}


@dataclass(frozen=True)
class Mutant:
    path: str
    start: int
    end: int
    replacement: str
    kind: str
    line: int
    before: str  # the line as it is, for who reads; of a removed statement the statement
    after: str

    def apply(self, text: str) -> str:
        """With as many lines as before: code may know its line."""
        lines = text.count("\n", self.start, self.end) - self.replacement.count("\n")
        return text[:self.start] + self.replacement + "\n" * lines + text[self.end:]

    def __str__(self) -> str:
        if self.kind == "removed":
            return f"without `{self.before}`"
        return f"`{self.before}` -> `{self.after}`"


def _flat(text: str) -> str:
    return " ".join(text.split())


class Collector:
    def __init__(self, path: str, text: str):
        self._path, self._text = path, text
        self.mutants: list[Mutant] = []

    def add(self, start: int, end: int, replacement: str, kind: str) -> None:
        text = self._text
        line = text.count("\n", 0, start) + 1
        if kind == "removed":
            before, after = _flat(text[start:end]), ""
        else:
            first = text.rfind("\n", 0, start) + 1
            last = text.find("\n", end)
            last = len(text) if last < 0 else last
            before = _flat(text[first:last])
            after = _flat(text[first:start] + replacement + text[end:last])
        self.mutants.append(Mutant(self._path, start, end, replacement, kind, line, before, after))


def _is_spaced(text: str, token: Token) -> bool:
    """clang-format puts spaces round what is binary, and none round templates and pointers."""
    return text[token.start - 1:token.start].isspace() and text[token.end:token.end + 1].isspace()


def _numbers(token: Token) -> list[str]:
    match = re.fullmatch(r"(0[xX][0-9a-fA-F']+|[\d']+)(.*)", token.text)
    if not match or "." in token.text:
        return []
    digits, suffix = match.group(1).replace("'", ""), match.group(2)
    is_hex = digits[:2].lower() == "0x"
    value = int(digits, 16) if is_hex else int(digits)
    if suffix and suffix.lower() not in ("u", "l", "ul", "ull", "ll"):
        return [f"{3 * value}{suffix}"] if re.fullmatch("h|min|s|ms|us|ns", suffix) else []
    values = [value + 1] + ([value - 1] if value > 0 else [])
    return [(hex(other) if is_hex else str(other)) + suffix for other in values]


def _simple(text: str, tokens: list[Token], is_lua: bool, to: Collector) -> None:
    binary = _LUA_BINARY if is_lua else _CPP_BINARY
    words = _LUA_WORDS if is_lua else _CPP_WORDS
    for at, token in enumerate(tokens):
        before = tokens[at - 1].text if at else ""
        if token.kind == "number":
            for other in _numbers(token):
                to.add(token.start, token.end, other, "constant")
        elif token.kind == "word":
            if token.text in words:
                kind = "boolean operator" if token.text in ("and", "or") else "constant"
                to.add(token.start, token.end, words[token.text], kind)
            elif not is_lua and token.text in _CPP_FUNCTIONS and before == "::":
                to.add(token.start, token.end, _CPP_FUNCTIONS[token.text], "function")
            elif is_lua and token.text == "not":
                to.add(token.start, token.end, "", "negation")
        elif token.kind == "mark":
            if token.text in binary and _is_spaced(text, token) and before not in ("template",
                                                                                 "operator"):
                kind = ("relation" if token.text in _RELATIONS or token.text == "~=" else
                        "boolean operator" if token.text in ("&&", "||") else "arithmetic")
                to.add(token.start, token.end, binary[token.text], kind)
            elif not is_lua and token.text in ("++", "--"):
                to.add(token.start, token.end, "--" if token.text == "++" else "++", "arithmetic")
            elif not is_lua and token.text == "!" and before != "operator":
                to.add(token.start, token.end, "", "negation")


def mutants_of(path: str, text: str) -> list[Mutant]:
    is_lua = path.endswith(".lua")
    tokens = tokens_of(text, is_lua)
    to = Collector(path, text)
    _simple(text, tokens, is_lua, to)
    (mutate_lua if is_lua else mutate_cpp).structure(text, tokens, to)
    # A planted fault (libs/base/planted_fault.h) is no part of the program, to the end of what is
    # done where it is planted; nor is what the compiler checks.
    passed = set()
    for match in re.finditer(r"\b(is_planted|static_assert)\(.*?;", text, re.DOTALL):
        first = text.count("\n", 0, match.start()) + 1
        passed |= set(range(first, first + match.group().count("\n") + 1))
    found = [mutant for mutant in to.mutants if mutant.line not in passed]
    return sorted(found, key=lambda m: (m.start, m.end, m.replacement))
