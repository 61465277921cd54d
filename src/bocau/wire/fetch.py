"""HTTP to others."""

import http.client


def status(host: str, port: int, path: str, patience: float = 2.0) -> int | None:
    """The status a server answers a GET with; None when it does not answer within ``patience`` seconds."""
    line = http.client.HTTPConnection(host, port, timeout=patience)
    try:
        line.request("GET", path)
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()
