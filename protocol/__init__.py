"""Executable model of the delivery protocol: explicit-state search over all interleavings.

``python -m protocol`` runs every scene, mutant and random walk (`make model`); ``python -m protocol fixed`` (or
``ahead``, ``written``, ``mutants``, ``random``) a part of it, ``-v`` with traces. PyPy is some four times faster.

What is modelled
  database   message rows, batch rows; every transaction is one atomic step unless a switch splits it
  workers    processes on hosts; some connections each; one or more claimed batches each (the one being sent and those
             claimed ahead); results are kept in memory and settled in bulk by an asynchronous transaction (issued,
             executed by the database, acknowledged)
  journal    one per process: A (attempt), R (reply or doubt) and N (attempt taken back); survives kill -9, dies with
             the host, may lose any records with the power
  SMTP       a mail whose bytes left the process may be accepted at any later time, also after the process was killed,
             paused, cut off from the database, or gave its connection up; or be refused with 4xx or 5xx (budgets)
  time       only as order: a worker's own deadline passes before the database's lease end (bounded drift), unless the
             scene allows a clock jump
  faults     each has a budget per scene, see ``state.FAULTS``

What is checked in every state: see ``checks``. Not modelled: a database that goes back in time (except for losing one
commit), quarantine and halving of batches (``poison.py``), the open counters, expiry.
"""
