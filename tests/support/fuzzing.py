"""How often a costly property is tried, which depends on who asks."""

from hypothesis import HealthCheck, settings

PROVE = "prove"  # the profile that tests/conftest.py registers and `run.py prove` loads


def few(n: int, *, proved: int = 0) -> settings:
    """Return settings of n examples, or of as many as `run.py prove` asks for.

    proved: as many instead, where its own number is too small.
    """
    is_proved = settings.get_current_profile_name() == PROVE
    return settings(
        max_examples=(proved or settings.default.max_examples) if is_proved else n,
        deadline=None,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.function_scoped_fixture,
        ],
    )
