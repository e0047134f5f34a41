"""From a host to its addresses, once per request, in bounded time."""

import socket
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread

from opsplatform.egress.addresses import Address
from opsplatform.egress.errors import NotFoundByName, TookTooLong


def look_up(host: str, port: int, seconds: float) -> list[Address]:
    """The host's addresses in the order of preference, each once; raises NotFoundByName, or TookTooLong.

    The system's resolver cannot be interrupted, so it is asked in a thread that is left behind when it does not answer.
    """
    answers: SimpleQueue[list[Address]] = SimpleQueue()
    Thread(target=lambda: answers.put(_ask(host, port)), daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except Empty:
        raise TookTooLong("主机名解析太慢。") from None
    if not found:
        raise NotFoundByName
    return found


def _ask(host: str, port: int) -> list[Address]:
    try:
        answer = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(ip_address(str(place[0]).partition("%")[0]) for *_, place in answer))
