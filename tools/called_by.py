"""Write into docs/map.md what the code says: the layers of the law, and who imports each room. ``--check``: only compare.

Rooms are what the layers in .importlinter name. What a room owns and never does is written by hand.
"""

import configparser
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "map.md"
LAW = ROOT / ".importlinter"
EVERYBODY = "everybody"
Layers = dict[str, list[list[str]]]


def page(text: str) -> str:
    """The map with its two written parts made anew."""
    law = layers()
    text = between(text, "layers", "```\n" + drawn(law) + "```\n")
    return between(text, "rooms", table(part(text, "rooms"), callers(law)))


def layers() -> Layers:
    """Container → its layers from the top, each a list of modules; ``(not there yet)`` is left out."""
    law = configparser.ConfigParser()
    law.read(LAW)
    found: Layers = {}
    for name in law.sections():
        if law[name].get("type") == "layers":
            rows = [re.split(r"\s*[|:]\s*", line.strip()) for line in law[name]["layers"].strip().splitlines()]
            named = [[each for each in row if each and not each.startswith(("(", "__"))] for row in rows]
            found |= {container: [row for row in named if row] for container in law[name]["containers"].split()}
    return found


def drawn(law: Layers) -> str:
    """A line for each layer: the package's first, and beside a name that has layers of its own, these."""
    outer = min(law, key=len)
    lines = []
    for row in law[outer]:
        lines.append(" │ ".join(row))
        for name in row:
            inner = law.get(f"{outer}.{name}", [])
            lines += ["    " + " │ ".join(each) for each in inner]
    return "\n".join(lines) + "\n"


def callers(law: Layers) -> dict[str, str]:
    """Room, as a path below the package → the rooms whose files import it."""
    graph = grimp.build_graph("bocau", include_external_packages=False, cache_dir=None)
    rooms = list(inside(min(law, key=len), law))
    of = {module: room_of(module, rooms) for module in graph.modules}
    found: dict[str, set[str]] = {room: set() for room in rooms}
    for module, room in of.items():
        if room is not None:
            found[room] |= {of[one] or one for one in graph.find_modules_that_directly_import(module)} - {room}
    return {written(room): told(room, found, rooms) for room in rooms}


def inside(name: str, law: Layers) -> Iterator[str]:
    """The rooms of a container from the top; a room is what has no layers of its own."""
    if name not in law:
        yield name
    for row in law.get(name, []):
        for inner in row:
            yield from inside(f"{name}.{inner}", law)


def room_of(module: str, rooms: list[str]) -> str | None:
    return next((room for room in rooms if f"{module}.".startswith(f"{room}.")), None)


def told(room: str, found: dict[str, set[str]], rooms: list[str]) -> str:
    """The callers in the law's order; those that are no room, such as ``__main__``, last."""
    if len(found[room]) > 1 and found[room] >= {*rooms} - {room}:
        return EVERYBODY
    order = {name: place for place, name in enumerate(rooms)}
    names = sorted(found[room], key=lambda name: (order.get(name, len(order)), name))
    return ", ".join(f"`{written(name)}`" for name in names) or "nobody"


def written(room: str) -> str:
    """As a path below the package that is there: ``doors/web``, ``wiring.py``."""
    path = room.partition(".")[2].replace(".", "/")
    return f"{path}.py" if (ROOT / "src" / "bocau" / f"{path}.py").exists() else path


def table(text: str, called: dict[str, str]) -> str:
    """The rows as people wrote them, with the last cell from the imports."""
    head, rule, *rows = text.strip().splitlines()
    made = []
    for row in rows:
        _, room, *cells, _, _ = re.split(r"\s*(?<!\\)\|\s*", row)
        name = room.strip("`")
        if name not in called:
            raise SystemExit(f"docs/map.md has a row for {name}: .importlinter's layers know no such room")
        made.append(f"| {' | '.join([room, *cells, called.pop(name)])} |")
    if called:
        raise SystemExit(f"docs/map.md has no row for: {', '.join(called)}. Write what it owns and never does")
    return "\n".join([head, rule, *made]) + "\n"


def part(text: str, name: str) -> str:
    """What stands between the two marks of this name."""
    found = re.search(rf"(?s)<!-- {name}: `make docs` writes [^>]*-->\n(.*?)<!-- {name}: end -->\n", text)
    if found is None:
        raise SystemExit(f"docs/map.md has no longer its two marks of: {name}")
    return found[1]


def between(text: str, name: str, new: str) -> str:
    end = f"<!-- {name}: end -->\n"
    return text.replace(part(text, name) + end, new + end)


def main(check: bool) -> int:
    """Write the map, or say that it differs."""
    text = PAGE.read_text(encoding="utf-8")
    new = page(text)
    if check and new != text:
        sys.stderr.write("docs/map.md is not what the imports say: make docs\n")
        return 1
    if not check:
        PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
