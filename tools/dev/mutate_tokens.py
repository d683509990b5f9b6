"""A program's text as tokens, for ./dev mutate: enough of C++ and of Lua to know what is code. What
stands in comments and in the preprocessor's lines is left out; strings are one token each."""

import re
from dataclasses import dataclass

_CPP = re.compile(r"""
    (?P<skip> //[^\n]* | /\*.*?\*/ | ^[ \t]*\#(?:[^\n]*\\\n)*[^\n]* )
  | (?P<string> (?:u8|[uUL])?R"(?P<fence>[^(\s]*)\(.*?\)(?P=fence)" | (?:u8|[uUL])?"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])+' )
  | (?P<number> \.?\d(?:[eEpP][+-]|[\w.]|'(?=\w))* )
  | (?P<word> [A-Za-z_]\w* )
  | (?P<mark> <=> | <<= | >>= | \.\.\. | ->\* | :: | -> | \+\+ | -- | && | \|\| | << | >> | [<>=!+\-*/%&|^]= | [^\s\w] )
""", re.VERBOSE | re.DOTALL | re.MULTILINE)

_LUA = re.compile(r"""
    (?P<skip> --\[(?P<c>=*)\[.*?\](?P=c)\] | --[^\n]* )
  | (?P<string> \[(?P<s>=*)\[.*?\](?P=s)\] | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
  | (?P<number> \d[\w.]* )
  | (?P<word> [A-Za-z_]\w* )
  | (?P<mark> \.\.\. | \.\. | == | ~= | <= | >= | [^\s\w] )
""", re.VERBOSE | re.DOTALL)

OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = set(OPENING.values())


@dataclass(frozen=True)
class Token:
    kind: str  # "string", "number", "word" or "mark"
    text: str
    start: int
    end: int


def tokens_of(text: str, is_lua: bool) -> list[Token]:
    tokens = []
    for match in (_LUA if is_lua else _CPP).finditer(text):
        kind = next(k for k in ("skip", "string", "number", "word", "mark") if match.group(k))
        if kind != "skip":
            tokens.append(Token(kind, match.group(), match.start(), match.end()))
    return tokens


def partners(tokens: list[Token]) -> dict[int, int]:
    """For each bracket the place of the one that belongs to it, both ways."""
    found, open_at = {}, []
    for at, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in OPENING:
            open_at.append(at)
        elif token.text in CLOSING and open_at:
            begin = open_at.pop()
            found[begin], found[at] = at, begin
    return found


def end_of(tokens: list[Token], start: int, stops: set[str], pairs: dict[int, int]) -> int:
    """The place of the first of these marks from `start` on that is in no bracket opened since; or
    of the bracket that closes over `start`."""
    at = start
    while at < len(tokens):
        text = tokens[at].text
        if tokens[at].kind == "mark":
            if text in stops or text in CLOSING:
                return at
            if text in OPENING:
                at = pairs.get(at, len(tokens) - 1)
        at += 1
    return len(tokens)
