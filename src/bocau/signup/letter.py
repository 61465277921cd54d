"""The mail that asks. It holds nothing that the form's visitor wrote: whoever fills it in cannot make us write to others.

Its content is one version for each language; list and link are the message's data.
"""

from collections.abc import Mapping
from functools import cache

from bocau import content, intake
from bocau.base.config import Settings
from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase, catalogue
from bocau.signup.errors import SignUpClosedError

QUEUE = STREAM = "transactional"
SUBJECT = N_("Please confirm: {list}")
TITLE = N_("Do you want “{list}”?")
WHY = N_("Somebody, hopefully you, signed this address up for it. You get it only if you confirm.")
BUTTON = N_("Yes, I want it")
HOW = N_("The button opens a page where you confirm with one more click. It works for seven days.")
NOT_YOU = N_("Not you? Then do nothing: you will get no mail.")
PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0;padding:24px 12px;background:#f5f7f9">
<div style="max-width:520px;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #d6dde3;border-radius:12px;\
font:16px/1.55 Arial,Helvetica,sans-serif;color:#1b2733">
<h1 style="margin:0 0 12px;font-size:22px;line-height:1.3">{title}</h1>
{{% if told %}}<p style="margin:0 0 12px;color:#566573">{{{{ told }}}}</p>{{% endif %}}
<p style="margin:0 0 20px">{why}</p>
<p style="margin:0 0 20px"><a href="{{{{ confirm }}}}" style="display:inline-block;padding:12px 22px;background:#1f6a8c;\
color:#ffffff;font-weight:bold;text-decoration:none;border-radius:8px">{button}</a></p>
<p style="margin:0 0 12px;color:#566573;font-size:14px">{how}</p>
<p style="margin:0;color:#566573;font-size:14px">{not_you}</p>
</div></body></html>
"""


@cache
def source(language: str) -> content.Source:
    """What the mail says in a language; its fields are list, told and confirm."""
    texts: Mapping[str, str] = catalogue(language)

    def said(text: str) -> str:
        return texts.get(text, text).format(list="{{ list }}")

    page = PAGE.format(
        language=language, title=said(TITLE), why=said(WHY), button=said(BUTTON), how=said(HOW), not_you=said(NOT_YOU)
    )
    return content.Source(subject=said(SUBJECT), html=page)


def order(settings: Settings, language: str) -> intake.Order:
    """How the mail is sent. Raises SignUpClosedError when the settings name no sender, or none that can be."""
    if not settings.signup_sender.strip():
        raise SignUpClosedError(reason=Phrase(N_("no sender is set.")))
    made = intake.Order(
        source=source(language),
        sender=settings.signup_sender.strip(),
        stream=STREAM,
        queue=QUEUE,
        name=source(language).subject.replace("{{ list }}", "…"),
        time_to_live=settings.streams[STREAM].time_to_live if STREAM in settings.streams else 0.0,
    )
    try:
        intake.check_order(made, settings.streams)
    except BocauError as error:
        raise SignUpClosedError(reason=error) from error
    return made


def check(settings: Settings) -> None:
    """Whether people can be asked at all. Raises SignUpClosedError."""
    order(settings, "en")
