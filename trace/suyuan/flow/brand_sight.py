"""Who sees the ledgers and the cases of codes: counts of packs are nobody's business but these.

The applicant, the brand's owner, an authority of the applicant's area, and who keeps the node.
"""

from __future__ import annotations

from suyuan.core.brand.authorisation import Authorisation
from suyuan.core.brand.codes import Issue
from suyuan.core.visibility import Viewer, covers
from suyuan.flow.accounts import Accounts
from suyuan.flow.brands import Brands


def sees_ledger(viewer: Viewer, brands: Brands, one: Authorisation) -> bool:
    """Of an authorisation."""
    if viewer.organisation == one.terms.organisation or brands.in_area(viewer, one):
        return True
    found = brands.brands([one.terms.brand]).get(one.terms.brand)
    return found is not None and viewer.organisation == found.owner


def sees_issue(viewer: Viewer, brands: Brands, issue: Issue) -> bool:
    """Of one issue of codes."""
    if viewer.is_administrator or viewer.organisation == issue.owner:
        return True
    if viewer.role == "regulator" and covers(viewer.county, brands.accounts.county_of(issue.owner)):
        return True
    one = (
        brands.some([issue.authorisation]).get(issue.authorisation) if issue.authorisation else None
    )
    return one is not None and sees_ledger(viewer, brands, one)


def watched(viewer: Viewer, accounts: Accounts) -> list[str]:
    """Organisations whose cases the viewer looks after: its own, those of its area, or all."""
    every = accounts.store.organisations()
    if viewer.is_administrator:
        return [one.id for one in every]
    found = {viewer.organisation} if viewer.organisation else set()
    if viewer.role == "regulator":
        found |= {one.id for one in every if covers(viewer.county, one.county)}
    return sorted(found)


__all__ = ["sees_issue", "sees_ledger", "watched"]
