"""Webhooks (通知回调): what the feed tells, brought to the doors of other systems, signed as Standard Webhooks says.

Promises: every event of the feed that an endpoint wants is delivered at least once, under an id that never changes; one
endpoint that fails holds up no other and is parked in the end, and people are told; a secret is shown once and kept
encrypted; two secrets sign while one replaces the other. Everything leaves through `opsplatform/egress`."""
