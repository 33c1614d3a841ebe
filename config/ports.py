"""Looking at ports of this machine. Standard library only."""

import socket

from config.embedded import CannotStart

HOST = "127.0.0.1"
LAST_PORT = 65_535


def is_taken(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def require_free(port: int, variable: str) -> None:
    """Raise CannotStart, naming the variable to change, unless the port can be listened on."""
    if not 0 < port <= LAST_PORT:
        raise CannotStart(f"{variable}={port} is no port.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} is in use ({error.strerror}); choose another: make run {variable}={port + 10}"
            ) from error


def answers(port: int) -> bool:
    """Whether Patrol's web process answers there. Raises CannotStart when it answers that something is wrong."""
    try:
        # By hand: http.client would stay in the supervisor's memory for one request.
        with socket.create_connection((HOST, port), timeout=5) as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            words = connection.recv(1024).split()
    except OSError:
        return False
    if len(words) < 2:
        return False
    if words[1] != b"200":
        raise CannotStart(f"The web process answers {words[1].decode(errors='replace')}; its log says why.")
    return True
