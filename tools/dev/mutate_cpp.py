"""Mutants of C++ that need to know what belongs together: conditions, statements, branches."""

from mutate_tokens import OPENING, Token, end_of, partners

# What a statement cannot begin with if it is to be left out.
_KEPT = {"if", "for", "while", "switch", "do", "else", "try", "catch", "case", "default", "using",
         "static_assert", "const", "constexpr", "auto", "static", "struct", "class", "enum",
         "namespace", "template", "typename", "typedef", "public", "private", "protected", "friend",
         "extern", "goto", "throw", "co_return", "co_await"}
# Before these a `{` opens a block of statements; so it does behind the `)` of a function or an `if`.
_BEFORE_BLOCK = {")", "]", "else", "do", "try", "const", "noexcept", "mutable", "override", ";", "{",
                 "}", ":"}
# Says what a program did, or that it is right; whoever leaves it out changes nothing that is done.
_SAYS = {"base::log_debug", "base::log_info", "base::log_warning", "base::log_error", "base::ensure"}


def structure(text: str, tokens: list[Token], to) -> None:
    pairs = partners(tokens)
    headers = _headers(tokens, pairs)
    for at, token in enumerate(tokens):
        if token.text in ("if", "while") and token.kind == "word":
            _condition(text, tokens, pairs, at, to)
        elif token.text == "?" and token.kind == "mark":
            _branches(text, tokens, pairs, at, to)
    for at in _statements(tokens, pairs, headers):
        _removal(text, tokens, pairs, headers, at, to)


def _headers(tokens: list[Token], pairs: dict[int, int]) -> set[int]:
    """The `)` that end what stands behind if, for, while and switch."""
    found = set()
    for at, token in enumerate(tokens):
        if token.kind == "word" and token.text in ("if", "for", "while", "switch"):
            begin = at + 2 if tokens[at + 1].text == "constexpr" else at + 1
            if begin in pairs:
                found.add(pairs[begin])
    return found


def _condition(text: str, tokens: list[Token], pairs: dict[int, int], at: int, to) -> None:
    begin = at + 1
    if begin >= len(tokens) or tokens[begin].text != "(" or begin not in pairs:
        return
    end, first = pairs[begin], begin + 1
    while (stop := end_of(tokens, first, {";"}, pairs)) < end:
        first = stop + 1
    inside, place, declares = tokens[first:end], first, False
    while place < end:  # a declaration has its = in no bracket
        declares = declares or tokens[place].text == "="
        place = pairs.get(place, place) + 1 if tokens[place].text in OPENING else place + 1
    if not inside or declares or _is_negated_elsewhere(inside):
        return
    condition = text[inside[0].start:inside[-1].end]
    replacement = f"!({condition})" if tokens[at].text == "if" else "false"
    to.add(inside[0].start, inside[-1].end, replacement, "condition")


def _is_negated_elsewhere(inside: list[Token]) -> bool:
    """One comparison, or one `!`: to change that is the same."""
    marks = [token.text for token in inside if token.kind == "mark"]
    return (not {"&&", "||", "?"} & set(marks)
            and (inside[0].text == "!" or "==" in marks or "!=" in marks))


def _branches(text: str, tokens: list[Token], pairs: dict[int, int], at: int, to) -> None:
    colon, depth = at + 1, 0
    while True:
        colon = end_of(tokens, colon, {"?", ":", ";"}, pairs)
        if colon >= len(tokens) or tokens[colon].text not in "?:":
            return
        if tokens[colon].text == ":" and depth == 0:
            break
        depth += 1 if tokens[colon].text == "?" else -1
        colon += 1
    end = end_of(tokens, colon + 1, {",", ";"}, pairs)
    if end >= len(tokens) or colon == at + 1 or end == colon + 1:
        return
    first = text[tokens[at + 1].start:tokens[colon - 1].end]
    second = text[tokens[colon + 1].start:tokens[end - 1].end]
    to.add(tokens[at + 1].start, tokens[end - 1].end, f"{second} : {first}", "branches")


def _is_block(tokens: list[Token], at: int) -> bool:
    if at == 0:
        return False
    before = tokens[at - 1]
    if before.text in _BEFORE_BLOCK:
        return True
    # `-> Type {` of a function or a lambda.
    for back in range(at - 1, max(at - 12, 0), -1):
        if tokens[back].text == "->":
            return tokens[back - 1].text in (")", "mutable", "noexcept", "const")
        if tokens[back].text in (";", "{", "}", "=", "(", ","):
            return False
    return False


def _statements(tokens: list[Token], pairs: dict[int, int], headers: set[int]) -> list[int]:
    """Where statements begin: in blocks, and behind if, else and loops without one."""
    found, blocks = [], []  # of each open bracket whether it is a block
    for at, token in enumerate(tokens):
        if token.kind == "mark" and token.text in OPENING:
            is_outer = not blocks or blocks[-1]
            within_block = any(blocks) or tokens[at - 1].text in (")", "]", "const", "noexcept",
                                                                 "mutable", "override")
            blocks.append(token.text == "{" and _is_block(tokens, at)
                          and (is_outer or tokens[at - 1].text not in (";", "{", "}", ":"))
                          and within_block)
        elif at in pairs and pairs[at] < at and blocks:
            blocks.pop()
        if at + 1 >= len(tokens) or not blocks or not blocks[-1]:
            continue
        begins = token.text in (";", "{", "}", "else") and token.kind != "string"
        if begins or at in headers:
            found.append(at + 1)
    return found


def _is_declaration(tokens: list[Token], at: int, pairs: dict[int, int]) -> bool:
    place = at
    while tokens[place].kind == "word" and tokens[place + 1].text == "::":
        place += 2
    if tokens[place].kind != "word":
        return False
    place += 1
    if tokens[place].text == "<":  # arguments of a template, which hold no expression here
        depth = 0
        while place < len(tokens):
            text = tokens[place].text
            depth += {"<": 1, ">": -1, ">>": -2}.get(text, 0)
            place += 1
            if depth <= 0 or text == ";":
                break
    while tokens[place].text in ("&", "*", "&&"):
        place += 1
    return tokens[place].kind == "word"


def _removal(text: str, tokens: list[Token], pairs: dict[int, int], headers: set[int], at: int,
             to) -> None:
    first = tokens[at]
    if first.text in _KEPT if first.kind == "word" else first.text not in ("++", "--", "(", "*"):
        return
    leaves = first.text in ("return", "break", "continue")
    if leaves and not (at - 1 in headers or tokens[at - 1].text == "else"):
        return
    if not leaves and _is_declaration(tokens, at, pairs):
        return
    end = end_of(tokens, at, {";"}, pairs)
    if end >= len(tokens) or tokens[end].text != ";":
        return
    if any(text.startswith(word, first.start) for word in _SAYS):
        return
    to.add(first.start, tokens[end].end, ";", "removed")
