"""The audit trail: who did what to which object, when, why, in which request.

Promises: written in the transaction of the act; append-only by role and by trigger; values of secrets and identity
numbers are masked."""
