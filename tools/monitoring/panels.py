"""Grafana's JSON, as far as our dashboards need it: panels, their places, and what is around them."""

SCHEMA_VERSION = 41  # Grafana 12; older ones back to 9 read it too
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24


def target(expr: str, legend: str = "", *, instant: bool = False, table: bool = False) -> dict:
    return {"expr": expr, "legendFormat": legend or "__auto",
            **({"instant": True, "range": False} if instant else {}),
            **({"format": "table"} if table else {})}


def _panel(kind: str, title: str, targets: list[dict], description: str, defaults: dict,
           overrides: list[dict], options: dict) -> dict:
    return {"type": kind, "title": title, "description": description, "datasource": DATASOURCE,
            "targets": [{**each, "refId": chr(ord("A") + at), "datasource": DATASOURCE}
                        for at, each in enumerate(targets)],
            "fieldConfig": {"defaults": defaults, "overrides": overrides}, "options": options}


def _thresholds(*steps) -> dict:
    """(None, color) first, then (value, color) from small to large."""
    return {"mode": "absolute", "steps": [{"value": value, "color": color}
                                          for value, color in steps]}


def graph(title: str, *targets: dict, unit: str = "short", what: str = "", stack: bool = False,
          percent: bool = False, low: float | None = 0, high: float | None = None,
          logarithmic: bool = False) -> dict:
    """Lines over time. `stack` piles them up, `percent` as parts of a whole."""
    custom = {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 60 if stack or percent else 8,
              "showPoints": "never", "spanNulls": False,
              "stacking": {"mode": "percent" if percent else "normal" if stack else "none",
                           "group": "A"},
              "scaleDistribution": {"type": "log", "log": 10} if logarithmic
              else {"type": "linear"}}
    defaults = {"unit": "percent" if percent else unit, "custom": custom}
    if low is not None and not logarithmic:
        defaults["min"] = low
    if high is not None:
        defaults["max"] = high
    return _panel("timeseries", title, list(targets), what, defaults, [],
                  {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                   "tooltip": {"mode": "multi", "sort": "desc"}})


def number(title: str, expr: str, *, unit: str = "short", what: str = "",
           steps: tuple = ((None, "blue"),), legend: str = "") -> dict:
    """One value, as it is now, coloured by thresholds."""
    return _panel("stat", title, [target(expr, legend, instant=True)], what,
                  {"unit": unit, "thresholds": _thresholds(*steps),
                   "color": {"mode": "thresholds"}}, [],
                  {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                   "colorMode": "value", "graphMode": "none", "textMode": "auto"})


def rows(title: str, *targets: dict, unit: str = "short", what: str = "",
         hidden: tuple = ("Time", "__name__", "job")) -> dict:
    """A table of instant values, one line for each set of labels."""
    return _panel("table", title, list(targets), what, {"unit": unit},
                  [{"matcher": {"id": "byName", "options": name},
                    "properties": [{"id": "custom.hidden", "value": True}]} for name in hidden],
                  {"showHeader": True, "cellHeight": "sm"})


def dashboard(uid: str, title: str, description: str, *lines: tuple) -> dict:
    """`lines` are (height, panel, …): the panels of a line share its width evenly; (title,) alone
    is the head of a section."""
    panels, top = [], 0
    for line in lines:
        if len(line) == 1:
            panels.append({"type": "row", "title": line[0], "collapsed": False, "panels": [],
                           "gridPos": {"x": 0, "y": top, "w": WIDTH, "h": 1}})
            top += 1
            continue
        height, *members = line
        left = 0
        for at, panel in enumerate(members):
            right = WIDTH * (at + 1) // len(members)
            panels.append({**panel, "gridPos": {"x": left, "y": top, "w": right - left,
                                                "h": height}})
            left = right
        top += height
    for at, panel in enumerate(panels):
        panel["id"] = at + 1
    return {"uid": uid, "title": title, "description": description, "tags": ["adit"],
            "schemaVersion": SCHEMA_VERSION, "version": 1, "editable": True, "graphTooltip": 1,
            "refresh": "15s", "time": {"from": "now-6h", "to": "now"}, "timezone": "browser",
            "templating": {"list": [{"name": "datasource", "label": "Prometheus",
                                     "type": "datasource", "query": "prometheus", "hide": 0,
                                     "refresh": 1, "regex": "", "multi": False,
                                     "includeAll": False}]},
            "annotations": {"list": [{
                "name": "Blocks", "enable": True, "hide": False, "iconColor": "green",
                "datasource": DATASOURCE, "titleFormat": "Block",
                "expr": "sum(increase(adit_gateway_blocks_found_total[1m])) > 0"}]},
            "links": [{"title": "adit", "type": "dashboards", "tags": ["adit"], "asDropdown": True,
                       "includeVars": True, "keepTime": True}],
            "panels": panels}
