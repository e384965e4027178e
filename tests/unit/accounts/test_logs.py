"""A log line never repeats what an exception said."""

import io
import logging
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


def test_an_exception_is_logged_by_type_and_place_only() -> None:
    logging_settings: Any = settings.LOGGING
    formatter = logging_settings["formatters"]["line"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(import_string(formatter["()"])(formatter["format"]))
    log = logging.Logger("test")
    log.addHandler(handler)
    try:
        raise ValueError("Zzyzxfeld, born 2012-03-04")
    except ValueError:
        log.exception("A fault")
    assert "A fault" in stream.getvalue()
    assert "ValueError at test_logs.py" in stream.getvalue()
    assert "Zzyzxfeld" not in stream.getvalue()
