"""A certificate sent to a network printer: a job like those of labels, of one label that is counted.

It waits for its printer, falls into doubt and is taken up again as they do (docs/decisions/0019).
Whether the certificate still holds is asked when it is sent, and once more when the printer is free.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial

from suyuan.core.errors import NotFound, Refused
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Accounts, Caller
from suyuan.flow.certificate_look import Looked
from suyuan.flow.certificate_paper import paper_of
from suyuan.flow.certificates import Certificates
from suyuan.flow.printing import Printing
from suyuan.flow.supplies import Paper, Printer, kept_paper, kept_printer
from suyuan.ports.outside import Clock
from suyuan.ports.printing import LabelJob
from suyuan_labels import Certificate


@dataclass(slots=True)
class CertificatePapers:
    """Draws the label of a job, as it is when it is printed."""

    certificates: Certificates
    accounts: Accounts

    def of(self, job: LabelJob) -> Certificate:
        """Refused where it does not hold any more: a job may wait for days."""
        viewer = Viewer(job.organisation, "recorder", self.accounts.county_of(job.organisation))
        looked = self.certificates.register.look(viewer, job.certificate or "")
        if looked is None or self.certificates.state(looked) != "valid":
            raise Refused("only a certificate that was issued and holds is printed")
        return paper_of(looked, self.certificates.public_url, job.copy or 1)


@dataclass(slots=True)
class CertificatePrinting:
    """The verb."""

    certificates: Certificates
    printing: Printing
    clock: Clock

    def send(
        self,
        caller: Caller,
        code: str,
        *,
        printer: Printer,
        paper: Paper,
        person: str,
        known: int | None = None,
    ) -> LabelJob:
        """Count one more print of it, and send that to the printer; the job is durable.

        ``known``: how many prints there were when somebody decided on it: pressed twice, it is one job.
        Refused or Blocked as a print of it; Refused for a printer nobody allowed, and where the
        certificate does not fit the stock.
        """
        job_id = "" if known is None else _id(code, known)
        if known is not None and (found := self.printing.store.get(job_id)) is not None:
            return self.printing.get(caller.organisation, found.id)
        kept = self.certificates.get(caller.organisation, code)
        looked = self._looked(caller, code)
        # The widest that it can be: with the line that says which reprint it is.
        wire = self.printing.require_printer(
            paper_of(looked, self.certificates.public_url, 2), paper, printer
        )
        self.certificates.require_print(caller, code, "label")
        job = LabelJob(
            id=job_id, organisation=caller.organisation, person=person, lot=kept.lot, record=None,
            first=0, count=1, way="printer", stock=kept_paper(paper),
            printer=kept_printer(printer), wire=wire,
            state="queued", printed=0, sent=0, again=0, trouble="", doubts="[]",
            created_at=self.clock.now(), certificate=code,
        )  # fmt: skip
        # Counted together with the job: pressed twice at the same moment, it is one print.
        return self.printing.store.add_print(job, partial(_id, code))

    def _looked(self, caller: Caller, code: str) -> Looked:
        looked = self.certificates.register.look(caller.viewer, code)
        if looked is None:
            raise NotFound("there is no such certificate here")
        return looked


def _id(code: str, known: int) -> str:
    """Of the print behind so many: the same one whoever presses again."""
    return hashlib.sha256(f"certificate\n{code}\n{known}".encode()).hexdigest()[:16]


__all__ = ["CertificatePapers", "CertificatePrinting"]
