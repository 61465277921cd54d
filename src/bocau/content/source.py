"""What an author wrote, before anything is made of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

import orjson


@dataclass(frozen=True, slots=True)
class Source:
    """One mail as its author gave it; every text may hold template tags.

    ``subject`` and one of ``html``, ``markdown``, ``mjml`` or ``text``; ``text`` beside the others is the plain part,
    which is generated when empty. ``attachments`` are shared by all copies: mappings with digest, name, type and
    size, as ``attachments.File`` gives them. ``allow_missing``: fields without a value become empty instead of
    failing the message.
    """

    subject: str
    html: str = ""
    text: str = ""
    markdown: str = ""
    mjml: str = ""
    attachments: tuple[Mapping[str, Any], ...] = field(default=())
    allow_missing: bool = False

    def to_json(self) -> bytes:
        """Canonical JSON: equal sources give equal bytes."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)

    @classmethod
    def from_json(cls, raw: bytes | str) -> Self:
        """The source back from ``to_json``; unknown keys of newer versions are ignored."""
        data = orjson.loads(raw)
        known = {item.name: data[item.name] for item in fields(cls) if item.name in data}
        known["attachments"] = tuple(known.get("attachments", ()))
        return cls(**known)


def digest(source: Source) -> str:
    """SHA-256 of the canonical JSON, as hex: what equal versions share."""
    return hashlib.sha256(source.to_json()).hexdigest()
