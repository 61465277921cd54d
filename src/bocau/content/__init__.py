"""What is said: sources frozen into immutable versions, compiled once, rendered for each person.

Owns content versions and everything between an author's text and the rendered subject, HTML and text. Never knows
recipients, addresses or sending. Talks to attachments and base. Delivery and tracking also use ``links``: how links are
followed.
"""

from bocau.content.charset import CharsetError, decode
from bocau.content.compiled import Compiled, Rendered, address_template, compile  # noqa: A004
from bocau.content.errors import RenderError, SourceWrongError, TemplateWrongError, VersionMissingError
from bocau.content.lint import lint
from bocau.content.needs import Field, check, fields
from bocau.content.pictures import key as picture_key
from bocau.content.renaming import renamed
from bocau.content.source import Source
from bocau.content.template import FUEL, Template
from bocau.content.versions import Version, freeze, load
from bocau.content.visible import visible_text

__all__ = [
    "FUEL",
    "CharsetError",
    "Compiled",
    "Field",
    "RenderError",
    "Rendered",
    "Source",
    "SourceWrongError",
    "Template",
    "TemplateWrongError",
    "Version",
    "VersionMissingError",
    "address_template",
    "check",
    "compile",
    "decode",
    "fields",
    "freeze",
    "lint",
    "load",
    "picture_key",
    "renamed",
    "visible_text",
]
