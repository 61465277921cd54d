"""What a submission says besides its content and its people: frozen with it, the same for all its mails.

It stands in the ledger because the ledger stores it (one JSON text in each submission's row) and reads it itself when
people leave lists, and because all others who write or read it are above: intake and campaigns write it, delivery and
tracking read it, and these do not know each other. What a field means for a letter is in ``delivery.compose`` and
``delivery.headings``, what it means for the moment a mail goes in ``delivery.admission``.

Every field may be absent (None), which is something else than empty: both are stored as they were given, because
``intake.key_of`` makes a submission's key from the JSON. Keys that are not known, of a newer version, are kept in
``other`` as they are and nobody acts on them; what has a form of its own (``window``, ``quiet``, ``frequency``) is refused
unless it has exactly that.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Self

import orjson

from bocau.base.errors import BocauError
from bocau.base.words import N_, Phrase

OWN = "own"
"""As ``unsubscribe``: our own page."""


class OptionWrongError(BocauError):
    """An option of the submission cannot be used; ``option`` names it."""

    code: ClassVar[str] = "option-wrong"
    sentence: ClassVar[str] = N_("The option {option} cannot be used: {problem}.")
    hint: ClassVar[str] = N_("Correct it and send again. Nothing was sent with it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """How mails are followed. ``base``: our public site; ``mode``: ``off``, ``person``, or ``aggregate``, whose links name
    the submission and nobody in it; ``opens`` and ``clicks``: also when absent; ``utm``: source, medium, campaign …"""

    mode: str | None = None
    base: str | None = None
    opens: bool | None = None
    clicks: bool | None = None
    utm: Mapping[str, str] | None = None
    other: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Of JSON. Raises OptionWrongError."""
        return cls(
            mode=_text(data.get("mode")),
            base=_text(data.get("base")),
            opens=_truth(data.get("opens")),
            clicks=_truth(data.get("clicks")),
            utm=_texts("track.utm", data.get("utm")),
            other=_other(cls, data),
        )


@dataclass(frozen=True, slots=True)
class Window:
    """At most so many mails in so many seconds."""

    most: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Frequency:
    """At most so many campaigns' mails to one person in so many days."""

    most: int
    days: int


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No mail from ``start`` to before ``end``, clock times. ``zone``: an IANA name, or ``recipient``; ``default``: of
    recipients whose zone nobody knows; absent: the installation's."""

    start: str
    end: str
    zone: str | None = None
    default: str | None = None

    def as_dict(self) -> dict[str, str]:
        """As JSON, in which its ends are called ``from`` and ``to``."""
        data = {"from": self.start, "to": self.end, "zone": self.zone, "default": self.default}
        return {name: value for name, value in data.items() if value is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Of JSON. Raises OptionWrongError."""
        if not {"from", "to"} <= set(data) <= {"from", "to", "zone", "default"}:
            raise _misshapen("limits.quiet")
        return cls(str(data["from"]), str(data["to"]), _text(data.get("zone")), _text(data.get("default")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How fast and when mails go. ``per_hour``, ``window``: of all together; ``per_domain``: domain (``*``: each that is not
    named) → mails an hour; ``key``: under which they are counted, the same for submissions that share them."""

    key: str | None = None
    per_hour: int | None = None
    window: Window | None = None
    per_domain: Mapping[str, int] | None = None
    quiet: QuietHours | None = None
    frequency: Frequency | None = None
    other: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        told = _present(self)
        if self.quiet is not None:
            told["quiet"] = self.quiet.as_dict()
        return told

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Of JSON. Raises OptionWrongError."""
        quiet = _object("limits.quiet", data.get("quiet"))
        return cls(
            key=_text(data.get("key")),
            per_hour=data.get("per_hour"),
            window=_exact(Window, "limits.window", data.get("window")),
            per_domain=_object("limits.per_domain", data.get("per_domain")),
            quiet=None if quiet is None else QuietHours.from_dict(quiet),
            frequency=_exact(Frequency, "limits.frequency", data.get("frequency")),
            other=_other(cls, data),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a submission; those an author gives a campaign are the same, without what the launch adds.

    - ``reply_to``: mailbox for Reply-To, as ``Name <address>``.
    - ``headers``: further headers, name → value, equal for all recipients. Managed names are refused.
    - ``message_id_domain``: what stands behind the @ of Message-IDs; else From's domain.
    - ``unsubscribe``: ``own`` for our own unsubscribe page in place of ``unsubscribe_url``; templates then have
      ``{{ unsubscribe_url }}`` and ``{{ preferences_url }}``, and no data can change these two.
    - ``unsubscribe_url``: https address for List-Unsubscribe; may hold template tags, so that it can name the recipient,
      and ``{{ token }}``, an opaque word for this copy. Bulk mail needs it.
    - ``unsubscribe_mailto``: address that takes unsubscribe mails, beside the URL.
    - ``list_id``: ``Name <id.domain>`` or ``id.domain``; else ``<stream>.<From's domain>``.
    - ``feedback_id``: three words for Gmail's Feedback-ID, ``a:b:c``; else content digest, domain and stream.
    - ``columns``: headings of the people's list, heading → key of ``data``.
    - ``lists``: ids of the lists it goes to. ``campaign``: the campaign's id. ``relay``: id of the only one for it.
    """

    reply_to: str | None = None
    headers: Mapping[str, str] | None = None
    message_id_domain: str | None = None
    unsubscribe: str | None = None
    unsubscribe_url: str | None = None
    unsubscribe_mailto: str | None = None
    list_id: str | None = None
    feedback_id: str | None = None
    track: Track | None = None
    lists: tuple[int, ...] | None = None
    campaign: int | None = None
    columns: Mapping[str, str] | None = None
    relay: int | None = None
    limits: Limits | None = None
    other: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As JSON: what is absent is left out, mappings keep their order."""
        told = _present(self)
        if self.track is not None:
            told["track"] = _present(self.track)
        if self.limits is not None:
            told["limits"] = self.limits.as_dict()
        return told

    def to_json(self) -> str:
        """Canonical JSON: equal options give equal texts."""
        return orjson.dumps(self.as_dict(), option=orjson.OPT_SORT_KEYS).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The options back from what is stored. Raises OptionWrongError."""
        return cls.from_dict(orjson.loads(text))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Of JSON. Raises OptionWrongError."""
        track, limits = _object("track", data.get("track")), _object("limits", data.get("limits"))
        lists = data.get("lists")
        return cls(
            **{name: _text(data.get(name)) for name in TEXTS},
            headers=_texts("headers", data.get("headers")),
            track=None if track is None else Track.from_dict(track),
            lists=None if lists is None else tuple(lists),
            campaign=data.get("campaign"),
            columns=_texts("columns", data.get("columns")),
            relay=data.get("relay"),
            limits=None if limits is None else Limits.from_dict(limits),
            other=_other(cls, data),
        )


def lists_of(text: str | bytes) -> tuple[int, ...]:
    """The lists alone, of what is stored: for who looks at many submissions. Those of ``Options.from_json``."""
    return tuple(orjson.loads(text).get("lists") or ())


TEXTS = (
    "reply_to",
    "message_id_domain",
    "unsubscribe",
    "unsubscribe_url",
    "unsubscribe_mailto",
    "list_id",
    "feedback_id",
)
KNOWN: dict[type[Any], dict[str, None]] = {
    of: dict.fromkeys(item.name for item in fields(of) if item.name != "other")
    for of in (Track, Window, Frequency, Limits, Options)
}
"""The keys that have a field, in their order: asking the classes each time was half the price of reading options."""


def _present(one: Any) -> dict[str, Any]:
    """Field → value, of those that are not absent, and the keys nobody knows."""
    values = {name: getattr(one, name) for name in KNOWN[type(one)]}
    return {name: _plain(value) for name, value in values.items() if value is not None} | dict(one.other)


def _plain(value: Any) -> Any:
    if isinstance(value, Window | Frequency):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _other(of: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    known = KNOWN[of]
    return {name: value for name, value in data.items() if name not in known}


def _object(option: str, value: Any) -> Mapping[str, Any] | None:
    if value is not None and not isinstance(value, Mapping):
        raise _misshapen(option)
    return value


def _exact(of: type[Any], option: str, value: Any) -> Any:
    told = _object(option, value)
    if told is None:
        return None
    if told.keys() != KNOWN[of].keys():
        raise _misshapen(option)
    return of(**told)


def _texts(option: str, value: Any) -> dict[str, str] | None:
    told = _object(option, value)
    return None if told is None else {str(name): str(one) for name, one in told.items()}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _misshapen(option: str) -> OptionWrongError:
    return OptionWrongError(option=option, problem=Phrase(N_("it is not of the form it is stored in")))
