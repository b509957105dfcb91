"""The HTTP side: one ASGI app, its guard, and the server that runs it."""
