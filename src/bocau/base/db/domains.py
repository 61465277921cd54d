"""The domain of an address, said in SQL: each database has its own way."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class domain_of(FunctionElement[str]):
    """What stands after the last @ of a recipient key."""

    type = sa.String()
    inherit_cache = True


@compiles(domain_of, "postgresql")
def _postgresql(element: domain_of, compiler: Any, **options: Any) -> str:
    return f"split_part({compiler.process(element.clauses, **options)}, '@', -1)"


@compiles(domain_of, "sqlite")
def _sqlite(element: domain_of, compiler: Any, **options: Any) -> str:
    """To look from the end is nine times the price, and keys with a second @ are rare."""
    text = compiler.process(element.clauses, **options)
    after_first = f"substr({text}, instr({text}, '@') + 1)"
    after_last = f"substr({text}, length(rtrim({text}, replace({text}, '@', ''))) + 1)"
    return f"CASE instr({after_first}, '@') WHEN 0 THEN {after_first} ELSE {after_last} END"


@compiles(domain_of, "mysql")
@compiles(domain_of, "mariadb")
def _mysql(element: domain_of, compiler: Any, **options: Any) -> str:
    return f"substring_index({compiler.process(element.clauses, **options)}, '@', -1)"
