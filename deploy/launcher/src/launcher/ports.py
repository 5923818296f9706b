"""Loopback ports for servers and services."""

import http.client
import secrets
import socket

from launcher.refusals import PortTaken

LOOPBACK = "127.0.0.1"

# Below the kernel's range for outgoing connections (32768 and up on Linux): a client that keeps
# trying a dead server's port inside that range may be given the very same number as its own side,
# connect to itself, and keep the server from coming back.
_FIRST, _LAST = 20_000, 32_000


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Return whether nothing listens on `port` and a server may bind it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a loopback port that was free a moment ago.

    Raises:
        PortTaken: a hundred random ports were all in use.
    """
    for _ in range(100):
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        if is_free(port):
            return port
    raise PortTaken(f"No free port was found between {_FIRST} and {_LAST} on {LOOPBACK}.")


def require_free(port: int, purpose: str, *, host: str = LOOPBACK) -> int:
    """Return `port` if a server may bind it.

    Raises:
        PortTaken: another program listens there; `purpose` says who wanted the port.
    """
    if not is_free(port, host):
        raise PortTaken(
            f"Port {port} on {host}, needed for {purpose}, is taken by another program."
        )
    return port


def answers(host: str, port: int, timeout_seconds: float = 0.5) -> bool:
    """Return whether something accepts a TCP connection at this address."""
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds):
            return True
    except OSError:
        return False


def is_ready(port: int) -> bool:
    """Return whether the HTTP process on this port says that it can do its work."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
