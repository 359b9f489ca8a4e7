"""placeholder"""


def repair(pattern: str, reference: str, *, model: object = None, fixed: object = None) -> str | None:
    return None
