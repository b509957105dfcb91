"""`songwright doctor`: is everything as it should be?"""

import anyio
from rich.text import Text

from songwright.commands.findings import Finding, Findings
from songwright.commands.shown import table
from songwright.commands.terminal import Terminal
from songwright.logs import start_logging
from songwright.settings import KEY_NAMES, PREFIX, Settings, read_settings

SECRET = frozenset(KEY_NAMES.values())
HIDDEN = frozenset({"problems", "notes"})
STYLES = {"ok": "green", "note": "yellow", "wrong": "bold red"}


def examine(terminal: Terminal) -> int:
    """Print every setting and every check. 0 where nothing is wrong, else 1."""
    settings = read_settings(terminal.environ)
    start_logging(settings)
    _show_settings(terminal, settings)
    findings = anyio.run(Findings(settings).all)
    _show_findings(terminal, findings)
    wrong = sum(finding.grade == "wrong" for finding in findings)
    terminal.out.print(f"{wrong} of {len(findings)} checks failed." if wrong else "Everything is fine.")
    return 1 if wrong else 0


def _show_settings(terminal: Terminal, settings: Settings) -> None:
    """Each setting in effect and where it comes from. A key is only told to be set."""
    made = table("Setting", "Value", "From")
    for name in Settings.model_fields:
        if name not in HIDDEN:
            variable = PREFIX + name.upper()
            made.add_row(variable, _value(settings, name), _source(terminal, settings, name))
    terminal.out.print(made)


def _value(settings: Settings, name: str) -> Text:
    value: object = getattr(settings, name)
    if value is None:
        return Text("not set", "dim")
    if PREFIX + name.upper() in SECRET:
        return Text("set (not shown)")
    if isinstance(value, bool):
        return Text("on" if value else "off")
    return Text(f"{value:g}" if isinstance(value, float) else str(value))


def _source(terminal: Terminal, settings: Settings, name: str) -> Text:
    """Where a value stands. What is set but wrong is a problem, and the default is in effect."""
    variable = PREFIX + name.upper()
    wrong = {problem.field for problem in settings.problems}
    if wrong & {variable, f"{variable}_FILE"}:
        return Text("wrong", STYLES["wrong"])
    if terminal.environ.get(variable, "").strip():
        return Text("environment")
    if terminal.environ.get(f"{variable}_FILE", "").strip():
        return Text("key file")
    field = Settings.model_fields[name]
    plain = field.is_required() or name == "provider" or getattr(settings, name) == field.default
    return Text("default", "dim") if plain else Text("settings file")


def _show_findings(terminal: Terminal, findings: list[Finding]) -> None:
    made = table("Check", "Result", "What was found")
    for finding in findings:
        made.add_row(finding.what, Text(finding.grade, STYLES[finding.grade]), finding.detail)
    terminal.out.print(made)
