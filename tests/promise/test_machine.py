"""The stateful machine in its short form; `benchmarks/machine.py` runs it long."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.promise.machine import SpendingMachine

SHORT = settings(
    max_examples=100,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # the long form makes what it finds shorter; that can take minutes
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def test_no_sequence_of_events_charges_twice_or_loses_an_order() -> None:
    run_state_machine_as_test(SpendingMachine, settings=SHORT)  # pyright: ignore[reportUnknownMemberType] # untyped
