"""What a printed document says."""

import subprocess


def printed(pdf: bytes) -> str:
    """Return the words of a PDF in reading order, on one line."""
    done = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(done.stdout.decode().split())
