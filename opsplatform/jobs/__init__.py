"""Work rows: PostgreSQL is the queue, Celery the doorbell.

Promises: work asked for in a transaction exists when it commits; each element's effect and its completion are one
transaction; a sweeper finds what nobody rang for; a poison row is parked with its reason after bounded attempts. How
far work is can be seen while it goes on, under the names people know, and it can be called off."""
