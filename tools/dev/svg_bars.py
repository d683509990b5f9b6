"""Bars, as SVG: a row each, of one part or of several behind each other."""

from dataclasses import dataclass

from svg_chart import FAINT, INK, _escape, _text

ROW, GAP, LABEL_WIDTH, BAR_WIDTH, VALUE_WIDTH = 20, 10, 330, 420, 110


@dataclass
class Bar:
    label: str
    parts: list[float]
    text: str           # behind it
    bound: float | None = None  # a mark across it


def draw(title: str, parts: list[tuple[str, str]], bars: list[Bar], unit: str) -> str:
    """`parts` are a label and a colour of each; a mark is a budget."""
    most = max([sum(bar.parts) for bar in bars] + [bar.bound or 0 for bar in bars] + [1e-9]) * 1.02
    has_bounds = any(bar.bound is not None for bar in bars)
    width, top = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH, 48
    bottom = top + len(bars) * (ROW + GAP)
    height = bottom + 50
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
           f'width="{width}" height="{height}" role="img">',
           f"<title>{_escape(title)}</title>",
           f'<rect width="{width}" height="{height}" fill="white"/>',
           _text(width / 2, 24, title, size=15, extra='font-weight="bold"'),
           f'<line x1="{LABEL_WIDTH}" y1="{top - 6}" x2="{LABEL_WIDTH}" y2="{bottom - 4}" '
           f'stroke="{FAINT}"/>']
    for number, bar in enumerate(bars):
        y, x = top + number * (ROW + GAP), float(LABEL_WIDTH)
        out.append(_text(LABEL_WIDTH - 8, y + ROW - 5, bar.label, anchor="end"))
        for (_, colour), value in zip(parts, bar.parts):
            length = value / most * BAR_WIDTH
            out.append(f'<rect x="{x:.1f}" y="{y}" width="{length:.1f}" height="{ROW}" '
                       f'fill="{colour}"/>')
            x += length
        if bar.bound is not None:
            place = LABEL_WIDTH + bar.bound / most * BAR_WIDTH
            out.append(f'<line x1="{place:.1f}" y1="{y - 4}" x2="{place:.1f}" y2="{y + ROW + 4}" '
                       f'stroke="{INK}" stroke-width="2" stroke-dasharray="4 2"/>')
            x = max(x, place)
        out.append(_text(x + 8, y + ROW - 5, bar.text, anchor="start"))
    x = 40
    for label, colour in parts:
        out.append(f'<rect x="{x}" y="{bottom + 14}" width="14" height="14" fill="{colour}"/>')
        out.append(_text(x + 20, bottom + 26, label, anchor="start"))
        x += 50 + 7 * len(label)
    if has_bounds:
        out.append(f'<line x1="{x}" y1="{bottom + 21}" x2="{x + 20}" y2="{bottom + 21}" '
                   f'stroke="{INK}" stroke-width="2" stroke-dasharray="4 2"/>')
        out.append(_text(x + 26, bottom + 26, "budget", anchor="start"))
    out.append(_text(width - 20, bottom + 26, unit, anchor="end"))
    out.append("</svg>")
    return "\n".join(out) + "\n"
