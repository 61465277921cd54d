"""Pages of attributes beside the contacts; slots get names of four characters."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision = "0004"

PAGES, ON_PAGE = 30, 16
EXACT = mysql.VARCHAR(collation="utf8mb4_bin", length=500)


def upgrade() -> None:
    with op.batch_alter_table("attribute", schema=None) as batch_op:
        batch_op.alter_column(
            "slot", existing_type=sa.String(length=3), type_=sa.String(length=4), existing_nullable=False
        )
    numbers = range(1, ON_PAGE + 1)
    for page in range(1, PAGES + 1):
        name = f"contact_page_{page:02}"
        text = sa.String(length=500).with_variant(EXACT, "mysql", "mariadb")
        op.create_table(
            name,
            sa.Column(
                "contact", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
            ),
            *(sa.Column(f"t{number:02}", text, nullable=True) for number in numbers),
            *(sa.Column(f"n{number:02}", sa.Double(), nullable=True) for number in numbers),
            *(sa.Column(f"d{number:02}", sa.Integer(), nullable=True) for number in numbers),
            sa.PrimaryKeyConstraint("contact", name=op.f(f"pk_{name}")),
        )
