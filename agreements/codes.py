"""The short code by which a printed text is told from every other (pure)."""

GROUP, N_DIGITS = 4, 12


def code_from(digest: str) -> str:
    """Return the code of a text from its digest, such as "3F8A-92C1-7D00"."""
    digits = digest[:N_DIGITS].upper()
    return "-".join(digits[at : at + GROUP] for at in range(0, N_DIGITS, GROUP))


def same_code(typed: str, code: str) -> bool:
    """Return whether somebody typed this code, however spaced or capitalised."""
    digits = "".join(each for each in typed.upper() if each.isalnum())
    return digits == code.replace("-", "")
