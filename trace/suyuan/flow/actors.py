"""Who acts: a person, for an organisation, with the roles held there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.core.errors import Forbidden
from suyuan.core.roles import PersonRole, Power, Scope, may_manage, scope, signs_as
from suyuan.core.visibility import Viewer, covers
from suyuan.flow.accounts import Caller


@dataclass(frozen=True, slots=True)
class Actor:
    """``uri`` stands in records for the person; the name stays in the members' table alone."""

    person: str
    uri: str
    name: str
    organisation: str
    county: str
    roles: frozenset[PersonRole]

    @property
    def caller(self) -> Caller:
        """As whom capture and master data know the person: the organisation, and which of its keys."""
        return Caller(self.organisation, signs_as(self.roles), self.county, f"person {self.person}")

    @property
    def viewer(self) -> Viewer:
        """What records the person is shown (core/visibility.py); pages narrow a member's to his own."""
        widest = next((r for r in ("administrator", "regulator") if r in self.roles), "recorder")
        return Viewer(self.organisation, widest, self.county)

    def scope(self, power: Power) -> Scope:
        return scope(self.roles, power)

    def may(self, power: Power) -> bool:
        return self.scope(power) != "none"

    def require(self, power: Power) -> Scope:
        """How far the power reaches; Forbidden where it is not there."""
        reach = self.scope(power)
        if reach == "none":
            raise Forbidden("your role does not allow this; ask who gave you your log-in")
        return reach

    def reaches(
        self, power: Power, *, organisation: str, county: str = "", person: str | None = None
    ) -> bool:
        """Whether the power reaches an object of this organisation (and county, and person's URI)."""
        reach = self.scope(power)
        own = organisation == self.organisation
        match reach:
            case "all":
                return True
            case "area":
                return own or covers(self.county, county)
            case "organisation":
                return own
            case "own":
                return own and person == self.uri
            case _:
                return False

    def may_manage(self, roles: frozenset[tuple[str, PersonRole]]) -> bool:
        """Whether this actor may give, reset or take away the log-in of who has these roles."""
        if "administrator" in self.roles:
            return True
        here = all(organisation == self.organisation for organisation, _ in roles)
        return here and may_manage(self.roles, {role for _, role in roles})

    def attributed(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The event with who typed it: a private field (core/visibility.py)."""
        return {**event, "suyuan:recordedBy": self.uri}
