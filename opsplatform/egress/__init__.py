"""The way out (出口): every HTTP request to another system goes through `services.sending`.

Promises: only to hosts that somebody approved, at addresses that are judged when the connection is made and never are
this installation itself; without redirects and proxies; what comes back is bounded in time and size and believed in
nothing."""
