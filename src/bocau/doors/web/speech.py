"""Language and look of the pages: chosen by a cookie, else by what the browser asks for; and how values are written."""

from flask import Blueprint, Flask, Response, abort, g, redirect, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from bocau.base.clock import here as seen
from bocau.base.clock import now_ms
from bocau.base.words import LANGUAGES, N_, language, say
from bocau.base.words import figure as number
from bocau.doors.web.reach import here

pages = Blueprint("speech", __name__)
LANGUAGE, THEME = "bocau_language", "bocau_theme"
THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600


def teach(app: Flask) -> None:
    """Set the language before each request; give templates their words and filters."""
    app.before_request(_choose)
    app.after_request(_tell)
    app.jinja_env.globals.update(say=say, many=many, now_ms=now_ms)
    app.jinja_env.filters.update(
        number=number, size=size, moment=moment, span=span, time_tag=time_tag, breakable=breakable
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


@pages.get("/language/<name>")
def choose_language(name: str) -> AnyResponse:
    """Remember a language and go back."""
    return _remember(LANGUAGE, name, LANGUAGES)


@pages.get("/theme/<name>")
def choose_theme(name: str) -> AnyResponse:
    """Remember a look and go back."""
    return _remember(THEME, name, THEMES)


def _remember(cookie: str, value: str, known: tuple[str, ...]) -> AnyResponse:
    if value not in known:
        abort(404)
    back = request.args.get("back", "/")
    safe = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() and "\\" not in back
    response = redirect(request.script_root + (back if safe else "/"))
    response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return response


def _choose() -> None:
    asked = request.cookies.get(LANGUAGE)
    if asked not in LANGUAGES:
        asked = request.accept_languages.best_match(LANGUAGES) or here().settings.language or "en"
    language.set(asked)
    theme = request.cookies.get(THEME, "auto")
    g.theme = theme if theme in THEMES else "auto"
    g.language = asked


def _tell(response: Response) -> Response:
    response.headers.setdefault("Content-Language", language.get())
    if response.mimetype == "text/html":
        response.vary.update(("Cookie", "Accept-Language"))
    return response


# -- values
def many(count: int, one: str, other: str) -> str:
    """``one`` or ``other`` by ``count``, translated, with ``{n}`` filled in."""
    return say(one if count == 1 else other, n=number(count))


def size(value: int) -> str:
    """Bytes as people read them."""
    amount = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    shown = round(amount) if amount >= 100 or unit == "B" else round(amount, 1)
    return f"{number(shown)} {unit}"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment(ms: int | None) -> str:
    """Day and time in the installation's zone."""
    if ms is None:
        return ""
    at = seen(ms)
    if language.get() == "vi":
        return f"{at:%H:%M:%S}, {at.day}/{at.month}/{at.year}"
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}, {at:%H:%M:%S}"


def clock(ms: int) -> str:
    """Only the time when it is today, else only the day."""
    at, today = seen(ms), seen(now_ms())
    if at.date() == today.date():
        return f"{at:%H:%M}"
    if language.get() == "vi":
        return f"{at.day}/{at.month}" if at.year == today.year else f"{at.day}/{at.month}/{at.year}"
    return f"{at.day} {MONTHS[at.month - 1]}" + ("" if at.year == today.year else f" {at.year}")


def time_tag(ms: int | None, short: bool = False) -> Markup:
    """The moment as an HTML ``time`` element; ``short``: only the clock, the whole on hovering."""
    if ms is None:
        return Markup("")
    exact = seen(ms).isoformat(timespec="seconds")
    shown = clock(ms) if short else moment(ms)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, moment(ms), shown)


def breakable(text: str) -> Markup:
    """An address that may be broken where people would: behind its @ and dots."""
    return escape(text).replace("@", Markup("@<wbr>")).replace(".", Markup(".<wbr>"))


SPANS = (
    (86_400_000, N_("{n} day"), N_("{n} days")),
    (3_600_000, N_("{n} hour"), N_("{n} hours")),
    (60_000, N_("{n} minute"), N_("{n} minutes")),
    (1_000, N_("{n} second"), N_("{n} seconds")),
)


def span(ms: float) -> str:
    """A length of time in its largest unit; below ten seconds with a decimal."""
    if ms < 10_000:
        seconds = round(max(0.0, ms) / 1000, 1)
        return say(N_("{n} seconds"), n=number(seconds)) if seconds != 1 else say(N_("{n} second"), n="1")
    for length, one, other in SPANS:
        if ms >= length:
            return many(int(ms // length), one, other)
    return many(0, *SPANS[-1][1:])
