"""What is shown of an attribute of contacts: nothing of where its values stand."""

from dataclasses import dataclass
from typing import Any

from bocau.audience.states import Kind
from bocau.audience.values import Attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeView:
    """``choices``: of kind choice."""

    name: str
    label: str
    kind: Kind
    choices: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"name": self.name, "label": self.label, "kind": str(self.kind), "choices": list(self.choices)}


def attribute_view(attribute: Attribute) -> AttributeView:
    """An attribute that was read already."""
    return AttributeView(
        name=attribute.name, label=attribute.label, kind=Kind(attribute.kind), choices=tuple(attribute.choices)
    )
