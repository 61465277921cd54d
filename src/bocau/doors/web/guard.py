"""Who may see the pages before there is a sign-in: this machine only, by an address that is ours; and what a browser may do.

A web site elsewhere can make a visitor's browser call us under a name of its own (DNS rebinding), so the Host header must be
one of ours. It can also post forms to us, so every change needs a token that only our pages hold.
"""

import hashlib
import hmac
import secrets
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request
from werkzeug.exceptions import MethodNotAllowed

from bocau.doors.web.reach import here

OPEN_TO_ALL = ("watch.alive", "watch.ready", "assets.give")
READERS = "public."
"""Pages for readers of mails: what they may do stands in the word of their link."""
VISITOR = "bocau_visitor"
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


def watch_over(app: Flask) -> None:
    """Check every request before any page sees it, and put safe headers on every answer."""
    app.before_request(_check)
    app.after_request(_add_headers)
    app.jinja_env.globals["form_token"] = form_token


def _check() -> None:
    if isinstance(request.routing_exception, MethodNotAllowed):
        return  # told as such: no page is asked
    if request.endpoint in OPEN_TO_ALL or (request.endpoint or "").startswith(READERS):
        return
    if not _is_near(request.remote_addr or "") or not _is_ours(request.host):
        g.refused = True
        abort(403)
    if request.method not in ("GET", "HEAD", "OPTIONS") and not _is_from_our_page():
        abort(400)


def _is_near(remote: str) -> bool:
    """A caller on this machine, or any when the settings say that somebody else guards the way in."""
    if here().settings.web_allow_remote:
        return True
    return _is_loopback(remote) and not any(name in request.headers for name in FORWARDED)


def _is_ours(host: str) -> bool:
    """A name no web site elsewhere can take: of this machine, of our own address, or a bare number."""
    name = (urlsplit(f"//{host}").hostname or "") if _is_plain(host) else ""
    settings = here().settings
    if name in ("localhost", urlsplit(settings.site).hostname) or _is_loopback(name):
        return bool(name)
    return settings.web_allow_remote and _is_number(name)


def _is_plain(host: str) -> bool:
    return bool(host) and not any(character in host for character in "/\\@?#% \t,")


def _is_loopback(text: str) -> bool:
    return _is_number(text) and ip_address(text).is_loopback


def _is_number(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _is_from_our_page() -> bool:
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    visitor = request.cookies.get(VISITOR, "")
    given = request.form.get("token", "").encode("utf-8", "replace")
    return bool(visitor) and hmac.compare_digest(_token(visitor).encode(), given)


def form_token() -> str:
    """The token a form must carry; the answer sets the cookie it belongs to."""
    visitor = request.cookies.get(VISITOR) or g.get("visitor") or secrets.token_urlsafe(24)
    g.visitor = visitor
    return _token(visitor)


def _token(visitor: str) -> str:
    return hmac.new(here().secret, b"web form\0" + visitor.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    visitor = g.get("visitor")
    if visitor and visitor != request.cookies.get(VISITOR):
        response.set_cookie(VISITOR, visitor, httponly=True, samesite="Strict", secure=request.is_secure)
    if current_app.debug:
        response.headers["Cache-Control"] = "no-store"
    return response
