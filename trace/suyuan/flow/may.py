"""Who may record on what (formats.md §3, last paragraph)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from suyuan.core.errors import Forbidden
from suyuan.core.identifiers import product_of

FREE_ROLES = frozenset({"certifier", "regulator", "admin"})
_NOBODY: frozenset[str] = frozenset()


@dataclass(slots=True)
class Rights:
    """What decides, looked up once for a whole append and kept current while it goes on."""

    extenders: dict[str, set[str]]
    parties: dict[str, set[str]]
    product_owner: Mapping[str, str]
    """Owner of each product that has master data, by its canonical class id."""
    plot_owner: Mapping[str, str]
    """Whose each plot is that is named: who recorded it first, by its canonical id."""
    shipped_inside: Callable[[str], Collection[str]]
    """Organisations named in a destinationList of something that this object was packed in."""

    def extended(
        self,
        owner: str,
        extends: Collection[str],
        rests_on: Collection[str],
        parties: Collection[str],
    ) -> None:
        """Take in a record of this append: what it gives to its owner and to the parties it names."""
        for name in extends:
            known = self.extenders.get(name)
            if known is None:
                self.extenders[name] = {owner}
            else:
                known.add(owner)
        for name in rests_on if parties else ():
            self.parties.setdefault(name, set()).update(parties)


def check_plots(
    plots: Sequence[tuple[str, str]], *, owner: str, rights: Rights
) -> Iterator[Forbidden]:
    """What is said against ``owner`` naming these plots (its pointer, canonical id), or recording them:
    a plot is one organisation's (docs/decisions/0004), and whose is nobody else's business."""
    for where, plot in plots:
        if rights.plot_owner.get(plot, owner) != owner:
            yield Forbidden(
                "{plot} is a plot of another organisation; only that one records on it", path=where,
                plot=plot,
            )  # fmt: skip


def check(object_id: str, *, owner: str, role: str, rights: Rights, where: str) -> None:
    """Raise Forbidden, saying who could, unless ``owner`` may extend this object."""
    if role in FREE_ROLES:
        return
    extenders = rights.extenders.get(object_id, _NOBODY)
    if owner in extenders or owner in rights.parties.get(object_id, _NOBODY):
        return
    if object_id.endswith(f"#{owner}"):
        return
    if not extenders:
        product = product_of(object_id)
        holder = rights.product_owner.get(product) if product else None
        if holder is None or holder == owner:
            return
        raise Forbidden(
            "{object} is of a product of {holder}; {owner} may record on it once it is named in a "
            "destinationList of it",
            path=where,
            object=object_id,
            holder=holder,
            owner=owner,
        )
    if owner in rights.shipped_inside(object_id):
        return
    raise Forbidden(
        "{owner} may not record on {object}: it never did before, and no shipment of it names it "
        "in a destinationList",
        path=where,
        object=object_id,
        owner=owner,
    )
