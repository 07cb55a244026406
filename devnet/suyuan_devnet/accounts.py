"""The published development accounts that anvil gives ether to, and that everyone can sign for."""

from __future__ import annotations

from functools import cache

from eth_account import Account
from eth_account.hdaccount import key_from_seed, seed_from_mnemonic
from eth_account.signers.local import LocalAccount

from suyuan_devnet.anvil import CHAIN_ID
from suyuan_devnet.errors import WellKnownKey

_MNEMONIC = "test test test test test test test test test test test junk"


@cache
def dev_accounts() -> tuple[LocalAccount, ...]:
    """The ten accounts that hold 10,000 ether in block 0 of every devnet."""
    seed = seed_from_mnemonic(_MNEMONIC, "")
    return tuple(Account.from_key(key_from_seed(seed, f"m/44'/60'/0'/0/{i}")) for i in range(10))


def refuse_well_known(address: str, chain_id: int) -> None:
    """WellKnownKey if everyone can sign for ``address`` and the chain is not the devnet's."""
    if chain_id != CHAIN_ID and address.lower() in {one.address.lower() for one in dev_accounts()}:
        raise WellKnownKey(
            f"everyone can sign for {address}, a published development account: "
            f"it may only be used on chain {CHAIN_ID}, not on chain {chain_id}"
        )
