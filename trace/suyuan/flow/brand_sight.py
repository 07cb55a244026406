"""Who sees the ledgers and the cases of codes: counts of packs are nobody's business but these.

The applicant, the brand's owner, an authority of the applicant's area, and who keeps the node.
"""

from __future__ import annotations

from collections.abc import Iterable

from suyuan.core.brand.authorisation import Authorisation
from suyuan.core.brand.codes import Issue
from suyuan.core.visibility import Viewer, covers
from suyuan.flow.accounts import Accounts, Counties
from suyuan.flow.brands import Brands


def sees_ledger(viewer: Viewer, brands: Brands, one: Authorisation) -> bool:
    """Of an authorisation."""
    return bool(ledgers_seen(viewer, brands, [one]))


def ledgers_seen(
    viewer: Viewer, brands: Brands, found: Iterable[Authorisation]
) -> list[Authorisation]:
    """Those of these whose ledger the viewer sees; whose brand is whose is looked up once for all."""
    several = list(found)
    counties = brands.accounts.counties()
    near = {
        one.id
        for one in several
        if viewer.organisation == one.terms.organisation
        or _answers_for(viewer, counties, one.terms.organisation)
    }
    others = {one.terms.brand for one in several if one.id not in near}
    known = brands.brands(others) if others and viewer.organisation is not None else {}
    owned = {name for name, brand in known.items() if brand.owner == viewer.organisation}
    return [one for one in several if one.id in near or one.terms.brand in owned]


def sees_issue(viewer: Viewer, brands: Brands, issue: Issue) -> bool:
    """Of one issue of codes."""
    return bool(issues_seen(viewer, brands, [issue]))


def issues_seen(viewer: Viewer, brands: Brands, found: Iterable[Issue]) -> list[Issue]:
    """Those of these issues that the viewer sees; what they were issued under is looked up once for
    all."""
    several = list(found)
    counties = brands.accounts.counties()
    near = {
        one.record
        for one in several
        if viewer.organisation == one.owner or _answers_for(viewer, counties, one.owner)
    }
    under = {one.authorisation for one in several if one.record not in near and one.authorisation}
    rights = brands.some(under).values() if under else ()
    seen = {one.id for one in ledgers_seen(viewer, brands, rights)}
    return [one for one in several if one.record in near or one.authorisation in seen]


def _answers_for(viewer: Viewer, counties: Counties, organisation: str) -> bool:
    """Who keeps the node, and an authority of the organisation's area."""
    if viewer.is_administrator:
        return True
    return viewer.role == "regulator" and covers(viewer.county, counties[organisation])


def watched(viewer: Viewer, accounts: Accounts) -> list[str]:
    """Organisations whose cases the viewer looks after: its own, those of its area, or all."""
    every = accounts.store.organisations()
    if viewer.is_administrator:
        return [one.id for one in every]
    found = {viewer.organisation} if viewer.organisation else set()
    if viewer.role == "regulator":
        found |= {one.id for one in every if covers(viewer.county, one.county)}
    return sorted(found)


__all__ = ["issues_seen", "ledgers_seen", "sees_issue", "sees_ledger", "watched"]
