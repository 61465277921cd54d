"""A chart of a report's rows, as a PNG."""

import io
import math
import warnings
from collections.abc import Mapping
from typing import Any

from bocau.base.words import N_, Phrase, figure
from bocau.cells import Shown
from bocau.schedules.data import Data
from bocau.schedules.errors import ReportWrongError

KINDS = ("bar", "line", "pie")
MOST = {"bar": 60, "line": 2000, "pie": 12}
LABELS = 30
LONGEST = 30


def draw(data: Data, wanted: Mapping[str, Any]) -> bytes:
    """``wanted``: kind, x (a column), y (columns), title. Raises ReportWrongError."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    kind = str(wanted["kind"])
    at = _column(data, str(wanted["x"]))
    rows = data.rows[: MOST[kind]]
    labels = [_short(row[at]) for row in rows]
    series = [(name, [_number(row[_column(data, name)]) for row in rows]) for name in wanted["y"]]
    for name, values in series:
        if rows and all(map(math.isnan, values)):
            raise ReportWrongError(
                reason=Phrase(N_("the column “{name}” has no numbers for the chart"), name=name[:80])
            )
    out = io.BytesIO()
    with rc_context({"text.parse_math": False, "text.usetex": False}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters the font lacks become boxes
        figure = Figure(figsize=(8, 4.5), dpi=100, layout="tight")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        if wanted.get("title"):
            axes.set_title(_short(wanted["title"], 100))
        {"bar": _bars, "line": _lines, "pie": _pie}[kind](axes, labels, series)
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _bars(axes: Any, labels: list[str], series: list[tuple[str, list[float]]]) -> None:
    width = 0.8 / len(series)
    for place, (name, values) in enumerate(series):
        axes.bar([at + place * width for at in range(len(values))], values, width, label=_short(name), align="edge")
    _marked(axes, labels, len(series), shift=0.4)


def _lines(axes: Any, labels: list[str], series: list[tuple[str, list[float]]]) -> None:
    for name, values in series:
        axes.plot(range(len(values)), values, label=_short(name))
    _marked(axes, labels, len(series), shift=0.0)


def _pie(axes: Any, labels: list[str], series: list[tuple[str, list[float]]]) -> None:
    shares = [value if value > 0 else 0.0 for value in series[0][1]]
    if sum(shares) > 0:
        axes.pie(shares, labels=labels)


def _marked(axes: Any, labels: list[str], count: int, *, shift: float) -> None:
    step = max(1, math.ceil(len(labels) / LABELS))
    places = range(0, len(labels), step)
    axes.set_xticks([at + shift for at in places], [labels[at] for at in places], rotation=45, ha="right")
    axes.yaxis.set_major_formatter(_tick)
    axes.grid(axis="y", alpha=0.3)
    if count > 1:
        axes.legend()


def _tick(value: float, _: object = None) -> str:
    """A number beside the axis, whole: 1.000.000, not 1e6."""
    digits = f"{value:.15g}"
    return digits if "e" in digits else figure(value, len(digits.partition(".")[2]))


def _column(data: Data, name: str) -> int:
    if name not in data.columns:
        raise ReportWrongError(reason=Phrase(N_("the data have no column “{name}” for the chart"), name=name[:80]))
    return data.columns.index(name)


def _number(value: Any) -> float:
    """Not a number, which is not drawn, for what is none."""
    if isinstance(value, Shown):
        value = value.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if math.isfinite(value) else math.nan


def _short(value: Any, most: int = LONGEST) -> str:
    text = "".join(sign if sign.isprintable() else " " for sign in str("" if value is None else value))
    return text if len(text) <= most else text[: most - 1] + "…"
