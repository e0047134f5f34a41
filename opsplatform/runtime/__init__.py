"""What turns the code into a running installation: the embedded PostgreSQL, the database roles, the supervisor of
web server, worker, beat and sequencer, and the refusal to start what fails a system check or is unsafe in production.
It owns no tables.

Promises: starting is idempotent and survives kill -9 of anything; stopping leaves nothing behind; what cannot be done
is said in one Chinese sentence.
"""
