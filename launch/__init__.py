"""What run.py is made of: the standard library only, for a bare machine."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older one is told
    sys.exit("Homeroom needs Python 3.11 or newer. Install it, then start again.")
if os.name != "posix":
    sys.exit("Homeroom runs on Linux; on Windows start it inside WSL.")
