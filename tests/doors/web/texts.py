"""Every text of the pages that must exist in both languages, found by reading the sources."""

import ast
import re
from pathlib import Path

import bocau

ROOT = Path(bocau.__file__).parent
MINE = ("sandbox/*.py", "doors/web/*.py", "doors/cli/sandbox.py")
MARKS = ("N_", "say", "many")
_CALL = re.compile(r"""\b(say|many)\(((?:[^()"']|"[^"]*"|'[^']*'|\([^()]*\))*)\)""")
_TEXT = re.compile(r""""([^"]*)"|'([^']*)\'""")


def in_templates() -> set[str]:
    """Texts given to ``say`` and ``many`` in templates, and those of the word tables in pieces.html."""
    found: set[str] = set()
    for path in sorted((ROOT / "doors" / "web" / "templates").rglob("*.html")):
        source = path.read_text(encoding="utf-8")
        for verb, inside in _CALL.findall(source):
            texts = [one or other for one, other in _TEXT.findall(inside)]
            found.update(
                texts[: 2 if verb == "many" else 1] if inside.lstrip()[:1] in "\"'" or verb == "many" else ()
            )
        for table in re.findall(r"_words = \{(.*?)\}", source, re.DOTALL):
            if "say(" not in table:
                found.update(text for text in re.findall(r':\s*"([^"]*)"', table))
    return found


def in_code() -> set[str]:
    """Texts given to ``N_``, ``say`` and ``many`` in Python."""
    found: set[str] = set()
    for pattern in MINE:
        for path in sorted(ROOT.glob(pattern)):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
                    found.update(
                        part.value
                        for part in node.args
                        if isinstance(part, ast.Constant) and isinstance(part.value, str)
                    )
    return found
