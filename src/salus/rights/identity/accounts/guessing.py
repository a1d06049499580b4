"""How many tries a guesser needs who knows which passwords are common: zxcvbn, on this machine.

It knows 30,000 passwords that leaked, names, words, keys side by side, years and repetitions. See
docs/decisions/common-passwords-by-zxcvbn.md.
"""

from importlib import import_module
from typing import Any

TRIES = 10**8
"""Fewer are too few even where wrong tries are slowed down ("somewhat guessable" of zxcvbn)."""
_READ = 72  # characters: what is longer is as good as its beginning, and costs time
_OURS = ("salus", "health", "hospital", "clinic", "patient", "portal")
_CHINESE = (
    *("woaini", "woaiwojia", "aini", "wodemima", "mima", "nihao", "zhongguo", "laopo", "baobei"),
    *("5201314", "1314520", "1314521", "520", "521", "1314", "7758521", "7758258", "147258369"),
    *("xiaoxiao", "jiankang", "yiyuan", "dearbook", "xiexie", "qwe123", "a123456"),
)
"""What the list of leaked passwords, most of them English, knows too little of."""


def is_guessable(password: str, name: str) -> bool:
    estimator: Any = import_module("zxcvbn")  # 0.1 s, which no other command needs
    found = estimator.zxcvbn(password[:_READ], user_inputs=[*_OURS, *_CHINESE, *name.split()])
    return bool(found["guesses"] < TRIES)
