from __future__ import annotations

import pytest

from suyuan_devnet.accounts import dev_accounts, refuse_well_known
from suyuan_devnet.errors import WellKnownKey


def test_they_are_the_published_ones() -> None:
    assert dev_accounts()[0].address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert len({one.address for one in dev_accounts()}) == 10


@pytest.mark.parametrize("chain_id", [1, 1337, 10, 11155111])
def test_they_are_refused_on_other_chains(chain_id: int) -> None:
    for one in dev_accounts():
        with pytest.raises(WellKnownKey, match=f"not on chain {chain_id}"):
            refuse_well_known(one.address.lower(), chain_id)
    refuse_well_known("0x" + "5b" * 20, chain_id)


def test_they_are_taken_on_the_devnet() -> None:
    for one in dev_accounts():
        refuse_well_known(one.address, 31337)
