"""What gunicorn is told besides its command line, wherever it is started from this directory."""

import gc
import socket
import struct
from typing import Any

STALL_SECONDS = 10


def when_ready(server: Any) -> None:
    """No thread waits longer for a caller who neither sends nor takes anything; connections inherit it (socket(7))."""
    patience = struct.pack("@ll", STALL_SECONDS, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)


def post_worker_init(worker: Any) -> None:
    """What was imported stays: the collector need not look through it again with every full collection (gc.freeze)."""
    gc.collect()
    gc.freeze()
