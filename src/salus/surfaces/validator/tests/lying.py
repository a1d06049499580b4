"""What a pretended client may answer in the place of the truth."""

from typing import Any


def raising(error: Exception) -> Any:
    def lie(_real: Any) -> Any:
        raise error

    return lie


def away_for(times: int) -> Any:
    left = [times]

    def lie(real: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            return real
        raise ConnectionError

    return lie


def saying(status: str) -> Any:
    return lambda real: {**real, "status": status}
