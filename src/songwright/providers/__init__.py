"""The services that make songs, behind one seam."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from songwright import __version__
from songwright.catalog import AIMUSICAPI, CATALOGS, Catalog
from songwright.errors import NotConfigured
from songwright.providers.base import Provider

if TYPE_CHECKING:
    import httpx

__all__ = ["Provider", "open_provider"]


def open_provider(
    name: str,
    *,
    key: str,
    base_url: str,
    timeout: float,
    catalog: Catalog | None = None,
    transport: "httpx.AsyncBaseTransport | None" = None,
    user_agent: str = f"songwright/{__version__}",
    clock: Callable[[], datetime] | None = None,
) -> Provider:
    """The provider of that name; nothing is opened before the first call.

    `timeout` is the most seconds that one call may take. The sandbox is the first seed's dialect over the
    `transport` that is given. httpx is imported here, so that a server that never orders never loads it.

    Raises:
        NotConfigured: there is no such provider, or the key cannot stand in a header.
    """
    catalog = catalog or CATALOGS.get(name)
    if catalog is None:
        raise NotConfigured(f"There is no provider {name}.", fix=f"Use one of {', '.join(CATALOGS)}.")
    if not key or not all("!" <= character <= "~" for character in key):
        raise NotConfigured(
            f"The API key of {name} holds characters that no key has.",
            provider=name,
            fix=f"Set SONGWRIGHT_{name.upper()}_API_KEY again, without blanks or breaks; restart the app.",
        )
    from pydantic import SecretStr

    from songwright.providers.aimusicapi import AimusicapiProvider
    from songwright.providers.aivideoapi import AivideoapiProvider
    from songwright.providers.http import utc_now

    dialect = AimusicapiProvider if catalog.provider == AIMUSICAPI else AivideoapiProvider
    return dialect(
        catalog,
        key=SecretStr(key),
        base_url=base_url,
        timeout=timeout,
        user_agent=user_agent,
        transport=transport,
        clock=clock or utc_now,
    )
