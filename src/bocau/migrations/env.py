"""Alembic asks for this file; everything is configured by ``run.upgrade``."""

from alembic import context

context.run_migrations()
