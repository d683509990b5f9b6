"""Charts with logarithmic axes, as SVG."""

import math
from dataclasses import dataclass, field

FONT = 'font-family="sans-serif"'
INK, FAINT = "#222222", "#dddddd"


@dataclass
class Series:
    label: str
    colour: str
    points: list[tuple[float, float]]
    is_line: bool = True
    dashes: str = ""
    marker: str = "circle"  # circle, square or none


@dataclass
class Panel:
    title: str
    x_label: str
    y_label: str
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    series: list[Series] = field(default_factory=list)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(x: float, y: float, text: str, anchor: str = "middle", size: int = 12,
          extra: str = "") -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" {FONT} font-size="{size}" fill="{INK}" '
            f'text-anchor="{anchor}" {extra}>{_escape(text)}</text>')


def _scale(ticks: list[tuple[float, str]], start: float, end: float):
    low, high = math.log(ticks[0][0]), math.log(ticks[-1][0])

    def place(value: float) -> float:
        bounded = min(max(value, ticks[0][0]), ticks[-1][0])
        return start + (math.log(bounded) - low) / (high - low) * (end - start)
    return place


def _marker(series: Series, x: float, y: float) -> str:
    if series.marker == "square":
        return (f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="white" '
                f'stroke="{series.colour}" stroke-width="2"/>')
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{series.colour}"/>'


def _panel(panel: Panel, left: float, top: float, width: float, height: float) -> list[str]:
    x_of = _scale(panel.x_ticks, left, left + width)
    y_of = _scale(panel.y_ticks, top + height, top)
    out = [_text(left + width / 2, top - 10, panel.title, size=13, extra='font-weight="bold"')]
    for value, text in panel.x_ticks:
        x = x_of(value)
        out.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{top + height}" '
                   f'stroke="{FAINT}"/>')
        out.append(_text(x, top + height + 16, text, size=11))
    for value, text in panel.y_ticks:
        y = y_of(value)
        out.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + width}" y2="{y:.1f}" '
                   f'stroke="{FAINT}"/>')
        out.append(_text(left - 6, y + 4, text, anchor="end", size=11))
    out.append(f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" '
               f'stroke="{INK}"/>')
    out.append(_text(left + width / 2, top + height + 34, panel.x_label))
    middle = top + height / 2
    out.append(_text(left - 44, middle, panel.y_label,
                     extra=f'transform="rotate(-90 {left - 44:.1f} {middle:.1f})"'))
    for series in panel.series:
        placed = [(x_of(x), y_of(y)) for x, y in series.points]
        if series.is_line and len(placed) > 1:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
            dashes = f' stroke-dasharray="{series.dashes}"' if series.dashes else ""
            out.append(f'<polyline points="{path}" fill="none" stroke="{series.colour}" '
                       f'stroke-width="2"{dashes}/>')
        if series.marker != "none":
            out += [_marker(series, x, y) for x, y in placed]
    return out


def _legend(entries: list[Series], left: float, top: float, width: float) -> list[str]:
    out, x, y = [], left, top
    for series in entries:
        needed = 50 + 7 * len(series.label)
        if x + needed > left + width and x > left:
            x, y = left, y + 20
        if series.is_line:
            dashes = f' stroke-dasharray="{series.dashes}"' if series.dashes else ""
            out.append(f'<line x1="{x}" y1="{y}" x2="{x + 24}" y2="{y}" stroke="{series.colour}" '
                       f'stroke-width="2"{dashes}/>')
        if series.marker != "none":
            out.append(_marker(series, x + 12, y))
        out.append(_text(x + 30, y + 4, series.label, anchor="start"))
        x += needed
    return out


def draw(title: str, panels: list[Panel], columns: int = 1, width: int = 420,
         height: int = 300) -> str:
    """The panels in rows of `columns`, one legend for all of them by the label."""
    legend = list({series.label: series for panel in panels for series in panel.series}.values())
    rows = -(-len(panels) // columns)
    cell_width, cell_height = width + 90, height + 90
    legend_rows = 1 + int(sum(50 + 7 * len(each.label) for each in legend)
                          // max(1, columns * cell_width - 40))
    total_width, total_height = columns * cell_width + 20, rows * cell_height + 50 + 22 * legend_rows
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_width} {total_height}" '
           f'width="{total_width}" height="{total_height}" role="img">',
           f"<title>{_escape(title)}</title>",
           f'<rect width="{total_width}" height="{total_height}" fill="white"/>',
           _text(total_width / 2, 24, title, size=15, extra='font-weight="bold"')]
    for number, panel in enumerate(panels):
        out += _panel(panel, 75 + (number % columns) * cell_width,
                      68 + (number // columns) * cell_height, width, height)
    out += _legend(legend, 40, rows * cell_height + 52, total_width - 60)
    out.append("</svg>")
    return "\n".join(out) + "\n"
