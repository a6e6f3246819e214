"""Who may look: those who know the token, by an address that is this machine's own, from a page of this server.

The token keeps out other users and programs of the machine. A page of the web that a browser shows can send requests
to a loopback address, too: it does not know the token, its Origin is another, and where a name of its own was made to
point here (DNS rebinding), the Host is not one of ours.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""What goes with every answer."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must bring.

    Attributes:
        token: The first part of every path.
        hosts: Names and addresses that a request may be sent to, in lower case.
    """

    token: str
    hosts: Collection[str]

    def refusal(self, path: str, host: str | None, origin: str | None) -> int:
        """Why a request is refused, as a status of HTTP; 0 if it is not.

        Args:
            path: The whole path.
            host: The Host header.
            origin: The Origin header, where there is one.

        >>> access = Access("secret", LOOPBACK)
        >>> access.refusal("/secret/", "localhost:8765", None)
        0
        >>> access.refusal("/secret/", "evil.example:8765", None)
        403
        >>> access.refusal("/guess/", "localhost:8765", None)
        404
        """
        if host is None or name_of(f"//{host}") not in self.hosts:
            return 403
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403
        given = path.split("/")[1] if path.startswith("/") else ""
        return 0 if secrets.compare_digest(given.encode(), self.token.encode()) else 404


def name_of(address: str) -> str:
    """The host of an address, in lower case, without port and brackets; empty if there is none.

    >>> name_of("//[::1]:8765"), name_of("//LocalHost:1"), name_of("//a b:x")
    ('::1', 'localhost', 'a b')
    """
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address.

    >>> is_loopback("127.0.0.2"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
