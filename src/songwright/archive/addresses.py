"""Which addresses are public: the ones a provider's file may come from."""

import ipaddress
import re
from collections.abc import Iterable

_TRAPS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "64:ff9b::/96",  # NAT64: any IPv4 address, also a private one
        "64:ff9b:1::/48",  # NAT64 for local use
        "2001::/23",  # Teredo, ORCHID and other IETF assignments
        "2002::/16",  # 6to4: any IPv4 address
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
    )
)
"""Networks that `ipaddress` of some supported Python calls global, and that may lead into a private one."""


def is_public(address: str) -> bool:
    """Whether a resolved address (not a name) is a public unicast one. What is no address is not public.

    Source of the rules: RFC 6890 and the IANA special-purpose registries.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    odd = found.is_multicast or found.is_reserved or found.is_unspecified or found.is_link_local
    return found.is_global and not odd and not any(found in trap for trap in _TRAPS)


def are_public(addresses: Iterable[str]) -> bool:
    """Whether every one is public, and there is one. One private address among several spoils all."""
    checked = [is_public(address) for address in addresses]
    return bool(checked) and all(checked)


def is_plain_host(host: str) -> bool:
    """Whether a host is written the plain way: an address in its usual form, or an ASCII name.

    International names are refused, since the providers' file hosts have none and look-alikes do harm; so are
    the other spellings of IPv4 (`127.1`, `0x7f.1`, `2130706433`), which only the resolver understands.
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        named = re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?", host) and "xn--" not in host
        return bool(named) and not re.fullmatch(r"\d+|0x[0-9a-f]*", last)
    return True
