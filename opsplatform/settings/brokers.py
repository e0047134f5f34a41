"""How each kind of broker is spoken to: it carries a doorbell, so nobody waits long for it."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CONNECT_SECONDS = 3
ANSWER_SECONDS = 3  # longer than a worker's BRPOP, which Redis answers after one second


def broker_transport_options(url: str, directory: Path) -> dict[str, Any]:
    """Kombu's options for the broker of this address; `directory` is where the file-system transport lives."""
    scheme = urlsplit(url).scheme
    if scheme == "filesystem":
        return {
            "data_folder_in": str(directory / "messages"),
            "data_folder_out": str(directory / "messages"),
            "control_folder": str(directory / "control"),
            "store_processed": False,
        }
    at_once = {"max_retries": 0}  # or an absent broker is tried again for six seconds
    if scheme.startswith("redis"):  # else a silent one would hold a request forever
        return {
            **at_once,
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": ANSWER_SECONDS,
            "socket_keepalive": True,
        }
    return {**at_once, "write_timeout": ANSWER_SECONDS}
