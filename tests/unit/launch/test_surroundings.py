import ast
from collections.abc import Iterator

from launch.machine import PROJECT
from launch.surroundings import SETTINGS, without_settings

READERS = {"_given", "_number", "_switch", "is_given", "secret", "former_secret"}


def names_read() -> Iterator[str]:
    """Yield each name of a variable that a call in config/ reads."""
    for path in (PROJECT / "config").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            receiver, _, method = ast.unparse(node.func).rpartition(".")
            first = node.args[0]
            is_reader = receiver in ("_env", "os.environ") or method in READERS
            if is_reader and isinstance(first, ast.Constant):
                yield str(first.value)


def test_every_variable_that_config_reads_is_kept_out() -> None:
    assert set(names_read()) - {"DJANGO_SETTINGS_MODULE"} == SETTINGS


def test_settings_are_kept_out_and_the_rest_kept() -> None:
    given = {
        "DATABASE_URL": "postgres://elsewhere/records",
        "VAULT_MASTER_KEY_FILE": "/elsewhere/key",
        "DJANGO_SETTINGS_MODULE": "elsewhere",
        "HOMEROOM_SOAK_MINUTES": "5",
        "PATH": "/bin",
    }
    assert without_settings(given) == {"HOMEROOM_SOAK_MINUTES": "5", "PATH": "/bin"}
