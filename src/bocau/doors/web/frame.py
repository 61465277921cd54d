"""A mail's HTML, shut in: no script, no form, no request to anywhere unless asked, an origin of its own.

Three walls, each enough against scripts: the frame's ``sandbox`` attribute, the answer's own ``sandbox`` policy (which
also holds when somebody opens its address by itself), and ``default-src 'none'``. Links open in a new tab that knows
nothing of us.
"""

import base64
import re

from flask import Response

from bocau.sandbox import Readable

MAY = "allow-popups allow-popups-to-escape-sandbox"
POLICY = (
    f"sandbox {MAY}; default-src 'none'; style-src 'unsafe-inline'{{remote}}; img-src data:{{remote}}; "
    "font-src data:{remote}; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
REMOTE = " https: http:"
START = '<base target="_blank"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light">'
PICTURES_MAX = 16 << 20
LOOKED_AT = 300_000
_AFTER = (re.compile(r"<head\b[^<>]{0,2000}>", re.IGNORECASE), re.compile(r"<!doctype\b[^<>]{0,500}>", re.IGNORECASE))
_CID = re.compile(r"cid:([^\s\"'()<>]{1,200})", re.IGNORECASE)
_REMOTE = re.compile(
    r"""(?:src|background|poster)\s*=\s*["']?\s*https?:|url\(\s*["']?\s*https?:|<link\b[^<>]{0,500}\bhref\s*=\s*["']?\s*https?:""",
    re.IGNORECASE,
)


def framed(readable: Readable, *, remote: bool) -> Response:
    """The answer for the frame. ``remote``: pictures and styles may be fetched from the net, because a person asked."""
    response = Response(_with_start(_with_pictures(readable)), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY.format(remote=REMOTE if remote else "")
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def wants_remote(readable: Readable) -> bool:
    """Whether the mail would fetch something from the net; a hint for the page, nothing rests on it."""
    return bool(_REMOTE.search(readable.html[:LOOKED_AT]))


def _with_pictures(readable: Readable) -> str:
    """``cid:`` addresses become the pictures themselves, so that the frame needs to fetch nothing from us."""
    left = PICTURES_MAX  # a small mail may name one picture a thousand times

    def picture(match: re.Match[str]) -> str:
        nonlocal left
        kind, data = readable.inline.get(match[1], ("", b""))
        left -= len(data)
        if not data or left < 0:
            return match[0]
        return f"data:{kind};base64,{base64.b64encode(data).decode()}"

    return _CID.sub(picture, readable.html) if readable.inline else readable.html


def _with_start(html: str) -> str:
    """Ours first inside the head, so that a doctype keeps its place and its meaning."""
    for pattern in _AFTER:
        match = pattern.search(html[:20_000])
        if match:
            return html[: match.end()] + START + html[match.end() :]
    return START + html
