"""Compiled templates: minijinja on data only, static text kept aside so that it is handled once.

A template is given to minijinja with its long static texts replaced by short words; what comes back are *pieces*:
free text, and between it the names of static texts (see ``bocau.wire.mime``). The words hold a random part, so no data
can imitate them.
"""

import re
import secrets
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import minijinja

from bocau.base.words import N_, Phrase
from bocau.content.errors import RenderError, TemplateWrongError
from bocau.content.formats import FORMATS, read_by
from bocau.content.guards import FILTERS, GuardError, shown, unless_none
from bocau.content.markup import attribute_value
from bocau.content.readings import FormatError
from bocau.content.tags import Piece, Static, Tag, excerpt, position, split

FUEL = 200_000  # steps of minijinja for one text
LONG = 32  # characters from which a static text is kept aside
MAX_TEXT = 25_000_000  # characters of one rendered text
FIRST_KEY = 0x4E00  # the names of static texts are single characters from here
MAX_STATICS = 0x5000
LINK = "bocau_link"
NOTHING = "bocau_" + secrets.token_hex(4)
"""An attribute that no value has."""
BANNED_FILTERS = ("safe", "tojson")  # they would let data through as markup
BANNED_WORDS = ("include", "extends", "import", "from", "autoescape", "block")
CAPTURES = ("macro", "call", "filter")
NEEDS_ESCAPE = re.compile(r"\{(?=[{%#]|\Z)")
USES = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\|\s*(?P<filter>\w+)|\bis\s+(?:not\s+)?(?P<test>\w+)")
FORMATTED = re.compile(
    rf"(?P<field>[^\W\d]\w*(?:\.\w+|\[(?:'[^'\\]*'|\"[^\"\\]*\")\])*)\s*\|\s*(?:{'|'.join(FORMATS)})\b[^|]*\Z"
)
"""A field with one filter that writes it: whether it is missing is asked of the field, and the filter runs once."""
WRITES = re.compile(rf"\b(?:{'|'.join(FORMATS)})\b")
Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Guarded:
    """A value tag with the filter that makes data harmless where the tag stands."""

    tag: Tag
    guard: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """A link's address that holds tags, as HTML: ``turn`` makes of the whole address (not HTML any more) and the value of
    the variable ``token`` what stands in the page (HTML again)."""

    items: "tuple[Static | Guarded, ...]"
    turn: Callable[[str, str], str]
    token: str

    def whole(self, values: Any) -> str:
        """The address from its values, or from what a block has put out."""
        if isinstance(values, str):
            return attribute_value(values)
        rest = iter(values)
        last = len(self.items) - 1
        return "".join(
            [
                attribute_value(item.text, whole=at == last) if isinstance(item, Static) else shown(next(rest))
                for at, item in enumerate(self.items)
            ]
        )


Item = Static | Guarded | Linked


@dataclass(slots=True)
class Assembly:
    """Template text for minijinja, the static texts kept aside, and where each tag went (in bytes)."""

    prefix: str
    parts: list[str] = field(default_factory=list)
    statics: dict[str, str] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    linked: list[Linked] = field(default_factory=list)
    size: int = 0

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.size += len(text.encode())

    @property
    def text(self) -> str:
        """The whole template text."""
        return "".join(self.parts)

    def add_tag(self, item: Guarded) -> None:
        self.starts.append(self.size)
        self.tags.append(item.tag)
        self.add(wrapped(item, len(self.tags) - 1))

    def add_value(self, item: Guarded) -> None:
        """A value tag as a member of a list."""
        self.starts.append(self.size)
        self.tags.append(item.tag)
        self.add(expression(item, len(self.tags) - 1)[1] + ", ")

    def add_all(self, items: Sequence[Item], *, aside: bool) -> None:
        for i, item in enumerate(items):
            if isinstance(item, Guarded):
                self.add_tag(item)
                continue
            if isinstance(item, Linked):
                self.add_linked(item)
                continue
            left, right = items[i - 1] if i else None, items[i + 1] if i + 1 < len(items) else None
            self.add_static(
                item.text,
                before=isinstance(left, Guarded) and left.tag.text[-3] == "-",
                after=isinstance(right, Guarded) and right.tag.text[2] == "-",
                aside=aside,
            )

    def add_linked(self, item: Linked) -> None:
        """Values go to the filter as a list, which is cheap; where blocks choose between them the output is captured."""
        call = f"{LINK}({len(self.linked)}, {item.token})"
        self.linked.append(item)
        if any(isinstance(part, Guarded) and part.tag.kind != "value" for part in item.items):
            self.add(f"{{% filter {call} %}}")
            self.add_all(item.items, aside=False)
            self.add("{% endfilter %}")
            return
        self.add("{{ [")
        for part in item.items:
            if isinstance(part, Guarded):
                self.add_value(part)
        self.add(f"]|{call} }}}}")

    def add_static(self, text: str, *, before: bool, after: bool, aside: bool) -> None:
        """``before`` and ``after``: a neighbouring tag trims the blanks on that side, so they stay for minijinja."""
        core = text.lstrip() if before else text
        lead = text[: len(text) - len(core)]
        core, trail = (core.rstrip(), core[len(core.rstrip()) :]) if after else (core, "")
        if not aside or len(core) < LONG or len(self.statics) >= MAX_STATICS:
            self.add(NEEDS_ESCAPE.sub("{{ '{' }}", text))
            return
        key = chr(FIRST_KEY + len(self.statics))
        self.statics[key] = core
        self.add(lead + self.prefix + key + trail)


def wrapped(item: Guarded, number: int) -> str:
    """The tag's text, its expression passed through the guard."""
    if not item.guard and not FORMATTED.match(item.tag.inner):
        return item.tag.text
    head, inner, tail = expression(item, number)
    return f"{head} {inner} {tail}"


def expression(item: Guarded, number: int) -> tuple[str, str, str]:
    """A value tag's opening, its expression passed through the guard, its end.

    No filter sees that a field is missing, so something no value has is asked of it, which fails for a missing one.
    """
    text = item.tag.text
    head = text[:3] if text[2] in "-+" else text[:2]
    tail = text[-3:] if text[-3] in "-+" else text[-2:]
    inner = text[len(head) : len(text) - len(tail)]
    formatted = FORMATTED.match(inner.strip())
    asked = formatted["field"] if formatted else inner
    if not item.guard:
        return head, f"(({inner}) if ({asked}).{NOTHING} is undefined)", tail
    call = item.guard if item.guard == "urlencode" else f"{item.guard}({number})"
    return head, f"(({inner})|{call} if ({asked}).{NOTHING} is undefined)", tail


def assemble(items: Sequence[Item]) -> Assembly:
    """Put a template together. Nothing is kept aside when tags capture text, for they may change it."""
    made = Assembly("\x02" + secrets.token_hex(6))
    made.add_all(items, aside=not any(isinstance(item, Guarded) and captures(item.tag) for item in items))
    return made


def captures(tag: Tag) -> bool:
    """True when the block ``tag`` opens captures what it holds."""
    return tag.word in CAPTURES or (tag.word == "set" and "=" not in tag.inner)


class Template:
    """One compiled text: ``part`` names it in errors, ``source`` is what its author wrote."""

    def __init__(
        self,
        part: str,
        source: str,
        items: Sequence[Item],
        *,
        html: bool,
        strict: bool,
        fuel: int = FUEL,
        language: str = "",
    ) -> None:
        self.part, self.source = part, source
        self.assembly = assemble(items)
        self.statics = self.assembly.statics
        self.environment = environment(html=html, strict=strict, fuel=fuel)
        self.language, self.writes = language, any(WRITES.search(tag.inner) for tag in self.assembly.tags)
        if linked := self.assembly.linked:
            self.environment.add_filter(LINK, lambda value, at, token: _turned(linked[at], value, token))
        try:
            self.environment.add_template(part, self.assembly.text)
        except minijinja.TemplateError as error:
            raise self._wrong(error) from None
        self.constant = not self.assembly.tags

    def pieces(self, data: dict[str, Any]) -> list[str]:
        """Free text first, then for each static text its name and the free text after it. Raises RenderError."""
        if self.writes:
            read_by(data, self.language)
        try:
            return self.environment.render_template(self.part, **data).split(self.assembly.prefix)
        except minijinja.TemplateError as error:
            raise self._failed(error) from None
        except GuardError as error:
            raise self._refused(self.assembly.tags[error.number], error.problem) from None
        except FormatError as error:
            raise self._refused(self._unwritten(data, error.problem), error.problem) from None

    def _unwritten(self, data: Data, problem: Phrase) -> Tag | None:
        """The tag whose value a filter could not write, for this problem: the last that fails by itself, or the first that
        needs what a block sets."""
        tags = [tag for tag in self.assembly.tags if WRITES.search(tag.inner)]
        likely = tags[:1]
        for tag in reversed(tags):
            try:
                self.environment.eval_expr(expression(Guarded(tag), 0)[1], **data)
            except FormatError as error:
                if error.problem.text == problem.text:
                    return tag
            except (minijinja.TemplateError, GuardError):
                likely = [tag]
        return likely[0] if likely else None

    def text(self, data: dict[str, Any]) -> str:
        """The whole text. Raises RenderError."""
        first, *rest = self.pieces(data)
        if len(rest) > len(self.statics):  # something is repeated, perhaps very often
            size = sum([len(self.statics[piece[0]]) + len(piece) for piece in rest])
            if size > MAX_TEXT:
                raise self._refused(None, Phrase(N_("the text becomes longer than {limit} characters"), limit=MAX_TEXT))
        return first + "".join([self.statics[piece[0]] + piece[1:] for piece in rest])

    def _tag(self, error: minijinja.TemplateError) -> tuple[Tag | None, str]:
        """The tag an error stands in, and the expression it is about."""
        if not self.assembly.tags or not error.range:
            return None, ""
        index = bisect_right(self.assembly.starts, error.range[0]) - 1
        about = self.assembly.text.encode()[slice(*error.range)].decode("utf-8", "replace")
        if about.endswith(f").{NOTHING}"):
            about = about[1 : -len(NOTHING) - 2].strip()
        return self.assembly.tags[max(index, 0)], about

    def _failed(self, error: minijinja.TemplateError) -> RenderError:
        tag, about = self._tag(error)
        return self._refused(tag, explained(error, about))

    def _refused(self, tag: Tag | None, problem: Phrase) -> RenderError:
        line, column = position(self.source, tag.offset) if tag else (1, 1)
        shown = tag.text if tag else self.part
        return RenderError(part=self.part, line=line, column=column, problem=problem, tag=shown)

    def _wrong(self, error: minijinja.TemplateError) -> TemplateWrongError:
        tag, about = self._tag(error)
        return wrong(self.part, self.source, tag.offset if tag else 0, explained(error, about))


def _turned(linked: Linked, value: Any, token: str) -> minijinja.Markup:
    return minijinja.Markup(linked.turn(linked.whole(value), token))


def explained(error: minijinja.TemplateError, about: str) -> Phrase:
    """A sentence for what minijinja found."""
    if error.kind == "UndefinedError":
        return Phrase(N_("the field {field} is missing"), field=about or error.detail)
    if error.kind == "OutOfFuel":
        return Phrase(N_("the template takes too many steps"))
    if error.kind == "UnknownFilter":
        return Phrase(N_("there is no filter {name}"), name=about)
    return Phrase(N_("the template does not work: {detail}"), detail=error.detail or error.kind)


def wrong(part: str, source: str, offset: int, problem: Phrase, length: int = 1) -> TemplateWrongError:
    """A TemplateWrongError at a character offset of the author's source."""
    line, column = position(source, offset)
    shown = excerpt(source, offset, length)
    return TemplateWrongError(part=part, line=line, column=column, problem=problem, excerpt=shown)


def environment(*, html: bool, strict: bool, fuel: int) -> minijinja.Environment:
    """A fresh environment: no loader, no filter that makes data markup, bounded in steps."""
    env = minijinja.Environment(
        fuel=fuel,
        undefined_behavior="strict" if strict else "chainable",
        auto_escape_callback=lambda name: "html" if html else None,
        keep_trailing_newline=True,
        filters=FILTERS | FORMATS,
        finalizer=unless_none,
    )
    for name in BANNED_FILTERS:
        env.remove_filter(name)
    env.remove_global("debug")
    return env


PROBE = environment(html=False, strict=False, fuel=1000)


def parse(part: str, source: str) -> list[Piece]:
    """The pieces of an author's text, once minijinja has accepted it. Raises TemplateWrongError with its place."""
    try:
        environment(html=False, strict=False, fuel=FUEL).add_template(part, source)
    except minijinja.TemplateError as error:
        raise _syntax(part, source, error) from None
    pieces = split(source)
    for piece in pieces:
        if isinstance(piece, Tag):
            _check_words(part, source, piece)
    return pieces


def _syntax(part: str, source: str, error: minijinja.TemplateError) -> TemplateWrongError:
    start, end = error.range or (0, 1)
    raw = source.encode()
    offset = len(raw[:start].decode("utf-8", "replace"))
    length = len(raw[start:end].decode("utf-8", "replace"))
    if "unexpected identifier, expected end of variable" in (error.detail or ""):
        problem = Phrase(N_("a field with spaces in its name is written row['…']"))
    else:
        problem = Phrase(N_("this is not template language: {detail}"), detail=error.detail)
    return wrong(part, source, offset, problem, length)


def _check_words(part: str, source: str, tag: Tag) -> None:
    if tag.word in BANNED_WORDS:
        raise wrong(part, source, tag.offset, Phrase(N_("{word} is not available here"), word=tag.word), len(tag.text))
    if tag.kind == "comment":
        return
    for use in USES.finditer(tag.inner):
        problem = _unknown(use["filter"], use["test"])
        if problem is not None:
            raise wrong(part, source, tag.offset, problem, len(tag.text))


def _unknown(filter_name: str | None, test_name: str | None) -> Phrase | None:
    try:
        if filter_name:
            PROBE.eval_expr(f"''|{filter_name}")
        elif test_name:
            PROBE.eval_expr(f"'' is {test_name}")
    except minijinja.TemplateError as error:
        if error.kind == "UnknownFilter":
            return Phrase(N_("there is no filter {name}"), name=filter_name)
        if error.kind == "UnknownTest":
            return Phrase(N_("there is no test {name}"), name=test_name)
    except (GuardError, FormatError):
        return None
    return None
