"""What every test shares: anyio on asyncio."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
