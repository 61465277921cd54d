"""Which fields a version needs, told before anything is sent."""

import pytest

from bocau import content


def version(**source: str) -> content.Version:
    return content.Version.unsaved(content.Source(**{"subject": "s", **source}))


def missing(columns: list[str], **source: str) -> list[str]:
    return [str(field) for field in content.check(version(**source), columns)]


def test_fields_of_all_parts_are_found_with_their_place() -> None:
    found = content.fields(version(subject="{{ a }}", html="<p>\n {{ b }} {{ a }}</p>", text="{{ c }}"))
    assert [(field.name, field.part, field.line, field.column) for field in found] == [
        ("a", "subject", 1, 1),
        ("b", "html", 2, 2),
        ("c", "text", 1, 1),
    ]


def test_fields_no_column_gives_are_missing() -> None:
    assert missing(["name"], html="{{ name }} {{ citi }} {% if vip %}{% endif %}") == ["citi", "vip"]


def test_headings_are_looked_up_as_they_stand() -> None:
    text = "{{ row['Họ tên'] }} {{ row[\"Tuổi\"] }} {{ row.city }} {{ ho_ten }}"
    assert missing(["Họ tên", "ho_ten"], text=text) == ["row['Tuổi']", "row['city']"]


def test_a_field_with_a_default_or_a_test_may_be_missing() -> None:
    text = "{{ a | default('x') }} {% if b is defined %}{{ b }}{% endif %} {{ row['C'] | default(1) }} {{ d | d('') }}"
    assert missing([], text=text) == []
    assert missing([], text="{{ a | default('x') }} {{ a }}") == ["a"]


def test_names_the_template_makes_itself_are_no_fields() -> None:
    text = (
        "{% for r in rows %}{{ r.x }} {{ loop.index }}{% endfor %}{% set k = 1 %}{{ k }}{{ range(3) }}"
        "{% macro m(y) %}{{ y }}{% endmacro %}{{ m(1) }}{{ 'name' }}{# {{ note }} #}{% raw %}{{ raw }}{% endraw %}"
    )
    assert missing(["rows"], text=text) == []


def test_a_broken_template_is_told_instead_of_its_fields() -> None:
    with pytest.raises(content.TemplateWrongError):
        content.fields(version(text="{{ a"))


def test_what_the_composer_gives_is_never_missing() -> None:
    assert missing([], text="{{ email }}") == []


def test_every_field_reported_missing_would_fail_and_no_other() -> None:
    source = version(text="{{ a }}{{ b | default('') }}{% if c is defined %}{{ c }}{% endif %}{{ row['D'] }}")
    compiled = content.compile(source)
    assert compiled.render({"a": 1, "row": {"D": 2}}).text == "12"
    for data in ({"row": {"D": 1}}, {"a": 1, "row": {}}):
        with pytest.raises(content.RenderError):
            compiled.render(data)
