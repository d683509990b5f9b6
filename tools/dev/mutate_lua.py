"""Mutants of Lua that need to know what belongs together: conditions and statements."""

from mutate_tokens import Token, partners

# Behind these, and before these, a statement goes on in the next line.
_BINARY = {"=", ",", "..", "+", "-", "*", "/", "%", "==", "~=", "<", "<=", ">", ">=", "and", "or"}
_ENDS_OPEN = _BINARY | {"(", "{", "[", "not", "return"}
_BEGINS_OPEN = _BINARY | {"(", ".", ":"}
_KEPT = {"local", "if", "elseif", "else", "for", "while", "repeat", "until", "function", "end", "do",
         "then", "break"}


def structure(text: str, tokens: list[Token], to) -> None:
    pairs = partners(tokens)
    for at, token in enumerate(tokens):
        if token.kind == "word" and token.text in ("if", "elseif", "while"):
            _condition(text, tokens, at, to)
    for at in range(len(tokens)):
        if _begins(text, tokens, pairs, at):
            _removal(text, tokens, pairs, at, to)


def _condition(text: str, tokens: list[Token], at: int, to) -> None:
    stop = "do" if tokens[at].text == "while" else "then"
    end = next((i for i in range(at + 1, len(tokens)) if tokens[i].text == stop), None)
    if end is None or _is_negated_elsewhere(tokens[at + 1:end]):
        return
    start, finish = tokens[at + 1].start, tokens[end - 1].end
    replacement = f"not ({text[start:finish]})" if stop == "then" else "false"
    to.add(start, finish, replacement, "condition")


def _is_negated_elsewhere(inside: list[Token]) -> bool:
    """One comparison, or one `not`: to change that is the same."""
    texts = {token.text for token in inside}
    return not {"and", "or"} & texts and bool(inside[0].text == "not" or {"==", "~="} & texts)


def _is_inside(pairs: dict[int, int], at: int) -> bool:
    return any(begin < at < end for begin, end in pairs.items())


def _begins(text: str, tokens: list[Token], pairs: dict[int, int], at: int) -> bool:
    token = tokens[at]
    if token.kind != "word" or token.text in _KEPT or _is_inside(pairs, at):
        return False
    if at == 0:
        return True
    before = tokens[at - 1]
    if before.text in ("then", "do", "else", "repeat"):
        return True
    is_first = not text[text.rfind("\n", 0, token.start) + 1:token.start].strip()
    return is_first and before.text not in _ENDS_OPEN


def _removal(text: str, tokens: list[Token], pairs: dict[int, int], at: int, to) -> None:
    end = at
    while end + 1 < len(tokens):
        end = pairs[end] if pairs.get(end, -1) > end else end
        if end + 1 >= len(tokens):
            break
        after = tokens[end + 1]
        is_next_line = "\n" in text[tokens[end].end:after.start]
        if after.text in ("end", "else", "elseif") or (
                is_next_line and tokens[end].text not in _ENDS_OPEN
                and after.text not in _BEGINS_OPEN):
            break
        end += 1
    to.add(tokens[at].start, tokens[end].end, "", "removed")
