"""Character references in attributes, as browsers read them (WHATWG HTML 13.2.5.73), wherever a value is taken from HTML."""

import pytest

from bocau import content
from bocau.base.seals import Seal
from bocau.content.links import TOKEN, Track, open_link
from bocau.content.markup import attribute_value
from bocau.content.tags import Static

PAY = "https://pay.test/?amount=100000&currency=VND&timestamp=1700&region=hue"
SEAL = Seal(b"k" * 32, "link")


@pytest.mark.parametrize(
    ("markup", "value"),
    [
        ("?a=1&currency=VND&timestamp=1&region=h&notit=2", "?a=1&currency=VND&timestamp=1&region=h&notit=2"),
        ("?a=1&copy=2&reg=3&not=4&sect2=5", "?a=1&copy=2&reg=3&not=4&sect2=5"),
        ("?a=1&amp;b=2&ampc=3&amp=4", "?a=1&b=2&ampc=3&amp=4"),
        ("&copy", "©"),
        ("&copy &lt.", "© <."),
        ("&copy;=&reg;x&notit;", "©=®x&notit;"),
        ("&#65&#x42;&#0;&unknown;&;&", "AB\ufffd&unknown;&;&"),
        ("java&#115cript&colon;", "javascript:"),
        ("&CounterClockwiseContourIntegral;", "∳"),
    ],
)
def test_an_attribute_is_read_as_browsers_read_it(markup: str, value: str) -> None:
    assert attribute_value(markup) == value


def compiled(html: str, track: Track | None = None) -> content.Compiled:
    return content.Compiled(content.Version.unsaved(content.Source("s", html=html)), track=track)


def test_a_followed_link_leads_where_its_author_wrote() -> None:
    track = Track("https://m.test", SEAL)
    made = compiled(f'<a href="{PAY}">x</a>', track)
    assert made.page.html is not None
    word = next(item.text for item in made.page.html.items if isinstance(item, Static) and item.text.startswith("/"))
    assert open_link(SEAL, word[1:].partition('"')[0]) == (1, PAY)
    assert made.page.links[0].url == PAY


@pytest.mark.parametrize("field", ["{{ x }}", "{% if x %}{{ x }}{% endif %}"])
def test_a_followed_link_with_a_field_does_too(field: str) -> None:
    targets: list[str] = []

    class Watched(Track):
        def target(self, address: str) -> str:
            targets.append(address)
            return ""

    made = compiled(f'<a href="{PAY}&amp;x={field}&copy={field}">x</a>', Watched("https://m.test", SEAL))
    made.render({"x": "1", TOKEN: "t"})
    assert targets == [f"{PAY}&x=1&copy=1"]


def test_the_text_part_has_the_same_address() -> None:
    assert compiled(f'<a href="{PAY}">Trả</a>').render({}).text == f"Trả <{PAY}>\n"
    assert compiled(f"<a href='{PAY}&copy={{{{ x }}}}'>Trả</a>").render({"x": 1}).text == f"Trả <{PAY}&copy=1>\n"
    assert compiled("<img alt='A&T=1 &copy'>").render({}).text == "A&T=1 ©\n"


def test_inlined_styles_and_other_languages_of_mails_keep_the_address() -> None:
    inlined = compiled(f'<style>a{{color:red}}</style><a href="{PAY}">x</a>').render({})
    assert attribute_value(inlined.html.partition('href="')[2].partition('"')[0]) == PAY
    markdown = content.Compiled(content.Version.unsaved(content.Source("s", markdown=f"[x]({PAY})"))).render({})
    assert markdown.text == f"x <{PAY}>\n"
    button = f'<mj-section><mj-column><mj-button href="{PAY}">x</mj-button></mj-column></mj-section>'
    source = f"<mjml><mj-body>{button}</mj-body></mjml>"
    assert f"x <{PAY}>" in content.Compiled(content.Version.unsaved(content.Source("s", mjml=source))).render({}).text


def test_remarks_name_an_address_as_it_is() -> None:
    notes = content.lint(content.Version.unsaved(content.Source("s", html="a<a href='x?a=1&amp;b=2'>b</a>")))
    assert "x?a=1&b=2 " in str(notes[0])
    assert (
        content.lint(content.Version.unsaved(content.Source("s", html="a<a href='https&colon;//a.test/'>b</a>"))) == []
    )
