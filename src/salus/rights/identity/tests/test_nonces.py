"""Numbers used once share words, and no two are the same."""

import os
from concurrent.futures import ThreadPoolExecutor

from salus.kernel.secp256k1 import SigningKey
from salus.rights.identity.nonces import MOST, NUMBERS, Nonces


def test_the_numbers_of_a_signer_share_a_word_until_it_is_full() -> None:
    nonces, signer = Nonces(), SigningKey.generate().address
    drawn = [nonces.draw(signer) for _ in range(2 * NUMBERS)]
    assert len(set(drawn)) == 2 * NUMBERS
    assert len({number // NUMBERS for number in drawn}) == 2
    assert all(number < 2**255 for number in drawn)


def test_signers_and_processes_share_no_word() -> None:
    one, other = SigningKey.generate().address, SigningKey.generate().address
    nonces = Nonces()
    words = {nonces.draw(one) // NUMBERS, nonces.draw(other) // NUMBERS}
    assert len(words | {Nonces().draw(one) // NUMBERS}) == 3


def test_threads_draw_different_numbers() -> None:
    nonces, signer = Nonces(), SigningKey.generate().address
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: nonces.draw(signer), range(1_000)))
    assert len(set(drawn)) == 1_000


def test_a_forked_process_draws_words_of_its_own() -> None:
    nonces, signer = Nonces(), SigningKey.generate().address
    nonces.draw(signer)
    nonces._process = os.getpid() + 1  # as a child finds it
    before = nonces._next[signer] // NUMBERS
    assert nonces.draw(signer) // NUMBERS != before


def test_it_remembers_so_many_signers_and_no_more() -> None:
    nonces = Nonces()
    for number in range(MOST + 5):
        nonces.draw(number.to_bytes(20, "big"))  # type: ignore[arg-type]
    assert len(nonces._next) == MOST
