"""All mutants of a file in one program, for ./dev mutate: to compile and to link each one for itself
takes longer than the tests do. The environment says which one the program is.

Of C++ a mutant is a copy of the body that it is in, before the body itself and reached only by its number.
What is in no body of a function is left to be compiled singly, as is what the compiler does not take:
it names the mutant by the #line of its copy. Of a script a mutant is the whole of it."""

import re
from collections.abc import Callable

from mutate_operators import Mutant
from mutate_tokens import Token, partners, tokens_of

VARIABLE = "ADIT_MUTANT"
# Behind these a declaration has a body that is not a function's.
_TYPES = {"struct", "class", "union"}
_PREFIX = ('extern "C" char* getenv(const char*) noexcept; extern "C" int atoi(const char*) noexcept; '
           "namespace adit_mutants { inline int chosen() { static const int number = [] { "
           f'const char* said = getenv("{VARIABLE}"); return said ? atoi(said) : 0; }}(); '
           "return number; } }\n")
_NAMED = re.compile(r"\bmutant-(\d+):\d+")


def bodies(text: str) -> list[tuple[int, int]]:
    """Where each function's body begins and ends, within its braces; not those that the compiler
    may compute, which cannot ask the environment."""
    tokens = tokens_of(text, False)
    found: list[tuple[int, int]] = []
    _declarations(tokens, partners(tokens), 0, len(tokens), found)
    return found


def _declarations(tokens: list[Token], pairs: dict[int, int], at: int, end: int,
                  found: list[tuple[int, int]]) -> None:
    first = at
    while at < end:
        text = tokens[at].text if tokens[at].kind == "mark" else ""
        if text == "{":
            last = pairs.get(at, end)
            words = [token.text for token in tokens[first:at]]
            follows = tokens[last + 1].text if last + 1 < end else ""
            if "namespace" in words:
                _declarations(tokens, pairs, at + 1, last, found)
                first = last + 1
            elif _TYPES & set(words) and "(" not in words and "=" not in words:
                _declarations(tokens, pairs, at + 1, last, found)
            elif follows not in (",", "{", ";", ")", "(", "."):
                if "(" in words and not {"=", "constexpr", "consteval"} & set(words):
                    found.append((tokens[at].end, tokens[last].start))
                first = last + 1
            at = last
        elif text in ("(", "["):
            at = pairs.get(at, at)
        elif text == ";" or (text == ":" and at > first and tokens[at - 1].text in (
                "public", "private", "protected")):
            first = at + 1
        at += 1


def numbered(text: str, mutants: list[Mutant]) -> dict[int, Mutant]:
    """Those that are in a function's body, by the numbers that choose them."""
    ranges = bodies(text)
    inside = [mutant for mutant in mutants
              if any(begin <= mutant.start and mutant.end <= end for begin, end in ranges)]
    return dict(enumerate(inside, 1))


def program(text: str, chosen: dict[int, Mutant], name: str) -> str:
    """The file with these mutants in it; `name` is what it calls itself."""
    out, place = [_PREFIX, f'#line 1 "{name}"\n'], 0
    for begin, end in bodies(text):
        here = {number: mutant for number, mutant in chosen.items()
                if begin <= mutant.start and mutant.end <= end}
        if not here:
            continue
        line = text.count("\n", 0, begin) + 1
        out += [text[place:begin], "switch (adit_mutants::chosen()) {\n"]
        for number, mutant in here.items():
            body = (text[begin:mutant.start] + mutant.replacement + text[mutant.end:end])
            # The jump ends a function that returns nothing; in any other nobody comes there.
            out.append(f'case {number}: {{\n#line {line} "mutant-{number}"\n{body}\n'
                       f"goto adit_mutant_ends; }}\n")
        # In braces: a jump cannot enter what the body declares.
        out.append(f'default: break; }} {{\n#line {line} "{name}"\n')
        line = text.count("\n", 0, end) + 1
        out += [text[begin:end], f'\n}} adit_mutant_ends:;\n#line {line} "{name}"\n']
        place = end
    return "".join([*out, text[place:]])


def script(text: str, chosen: dict[int, Mutant]) -> str:
    """An expression that is the script, or the mutant of it that the environment names."""
    def literal(which: str) -> str:
        return f'std::string_view{{R"lua({which})lua"}}'

    cases = "".join(f"case {number}: return {literal(mutant.apply(text))};\n"
                    for number, mutant in chosen.items())
    return (f"[] {{ switch (adit_mutants::chosen()) {{\n{cases}"
            f"default: return {literal(text)};\n}} }}()")


def scripts(template: str, name: str, text: str, chosen: dict[int, Mutant]) -> str:
    """libs/ledger/scripts.cpp.in with this script; the others are to be put in yet."""
    return _PREFIX + template.replace(f'R"lua(@{name}@)lua"', script(text, chosen))


def compiled(text: str, mutants: dict[int, Mutant], name: str,
             compile_text: Callable[[str], str]) -> dict[int, Mutant]:
    """Compiles what it can of them in one program and returns which these are. `compile_text`
    returns what the compiler complains of, or nothing."""
    left = dict(mutants)
    while left:
        complaint = compile_text(program(text, left, name))
        if not complaint:
            break
        refused = {int(number) for number in _NAMED.findall(complaint)} & set(left)
        if not refused:  # nobody is to blame: each for itself
            return {}
        left = {number: mutant for number, mutant in left.items() if number not in refused}
    return left
