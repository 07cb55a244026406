"""Labels as jobs: begun, sent in parts that the printer confirms, paused, resumed, settled.

What a crash, a cable or an empty roll leaves behind: how far the printer was given labels is noted
before it is given them, and that they are there after it said so. Where the two differ nobody but who
stands at the printer can know, and is asked (docs/decisions/0019-a-label-in-doubt.md).
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from suyuan.core.brand.ranges import Ranges, both, holds, ranges, size, told
from suyuan.core.errors import Conflict, Forbidden, NotFound, Refused, SuyuanError, Unavailable
from suyuan.core.kept import keep
from suyuan.core.said import Said
from suyuan.flow.label import Labeller, refused
from suyuan.flow.supplies import (
    Paper,
    Printer,
    kept_paper,
    kept_printer,
    read_paper,
    read_printer,
)
from suyuan.ports.codes import CodeStore
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock
from suyuan.ports.printing import LabelJob, LabelJobStore, LabelState, Line, Way, Wire
from suyuan_labels import (
    DOTS_203,
    SPEECH,
    Certificate,
    Label,
    LabelError,
    Language,
    Press,
    Speech,
    Trouble,
    bits_of,
    calibration,
)

MOST_LABELS = 100_000
TROUBLES: dict[Trouble, Said] = {
    "paper": Said("the printer is out of paper; put in a roll, and it goes on by itself"),
    "open": Said("the printer's cover or head is open; close it, and it goes on by itself"),
    "ribbon": Said("the printer is out of ribbon; put one in, and it goes on by itself"),
    "jam": Said("paper is stuck in the printer; take it out, and it goes on by itself"),
    "paused": Said("the printer is paused; press its button, and it goes on by itself"),
    "error": Said("the printer reports an error; look at its display"),
}
_SILENT = Said(
    "the printer takes the connection but does not say how it is: it is out of paper or open, or it is "
    "one that cannot say (then mark it so among the printers)"
)
_OVER: tuple[LabelState, ...] = ("done", "cancelled")
"""States in which nothing more of a job is printed."""
_DIED = Said("the service stopped while labels were on their way to the printer")


@dataclass(slots=True)
class Printing:
    """Verbs on jobs of labels."""

    store: LabelJobStore
    log: LogStore
    labeller: Labeller
    wire: Wire
    clock: Clock
    holder: str
    codes: CodeStore
    certificate: Callable[[LabelJob], Certificate]
    """Draws the certificate of a job that is of one (flow/certificate_printing.py)."""
    chunk: int = 20
    """Labels sent before the printer has to confirm them: as many as can be in doubt."""
    lease_seconds: float = 120.0
    retry_seconds: float = 15.0
    patience: float = 600.0
    """Seconds to wait for somebody to put in paper while labels are in the printer's memory."""
    rest: Callable[[float], None] = time.sleep
    stopping: Callable[[], bool] = field(default=lambda: False)

    def begin(
        self,
        organisation: str,
        person: str,
        lot: str,
        *,
        record: int | None,
        first: int,
        count: int,
        way: Way,
        paper: Paper,
        printer: Printer | None,
        again: bool = False,
    ) -> LabelJob:
        """Take a job; it is durable. ``first`` counts from 0. ``again``: reprints are meant.

        Refused where a label does not fit the stock, for serials that were printed before and are not
        meant to be again, and for a printer nobody allowed.
        """
        self.require_owner(organisation, lot, record)
        there = MOST_LABELS if record is None else len(self.log.serials_of(record))
        if not 1 <= count <= MOST_LABELS or first < 0 or first + count > there:
            raise Refused(
                "labels {first} to {last} were asked for; there are {there}",
                path="/last",
                first=first + 1,
                last=first + count,
                there=there,
            )
        wire = self._wire(paper, printer) if way == "printer" else ""
        offset = self._first_standing(record, first, count)
        before, known = self._before(record, first, count, again)
        job = LabelJob(
            id=secrets.token_hex(8), organisation=organisation, person=person, lot=lot, record=record,
            first=first, count=count, way=way, stock=kept_paper(paper),
            printer=kept_printer(printer) if printer else "", wire=wire,
            state="queued", printed=0, sent=0, again=before, trouble="", doubts="[]",
            created_at=self.clock.now(),
        )  # fmt: skip
        # The first label tells whether any fits: the others differ in their serial alone.
        _require_fit(self.labels(job, offset, offset + 1)[0], paper, printer)
        if way != "printer":
            # Handed out at once: what becomes of a file is not ours to know, so it counts as printed.
            job = _ended(job)
        while not self.store.add(job, known):
            # Sent twice, by a button or by two people: the other one came first.
            before, known = self._before(record, first, count, again)
            job = replace(job, again=before)
        return job

    def require_printer(self, label: Label | Certificate, paper: Paper, printer: Printer) -> str:
        """The printer's one name among jobs; Refused where it is not allowed, or this label does not fit
        the stock."""
        wire = self._wire(paper, printer)
        _require_fit(label, paper, printer)
        return wire

    def _wire(self, paper: Paper, printer: Printer | None) -> str:
        if printer is None:
            raise Refused("choose a printer", path="/printer")
        if paper.sheet is not None:
            raise Refused("sheets are for office printers: save them as PDF", path="/stock")
        return self.wire.allowed(printer.address)

    def _before(
        self, record: int | None, first: int, count: int, again: bool
    ) -> tuple[int, int | None]:
        """How many of these labels are another job's as well, and of how many jobs of the record
        that was asked. Conflict unless they are meant to be printed ``again``."""
        if record is None:
            return 0, None
        jobs = self.store.of_record(record)
        before = _overlap(jobs, first, count)
        if before and not again:
            raise Conflict(
                "{count} of these labels were printed before, or wait in another job; a serial that "
                "stands on two packs is a copy. Print them again only where the first ones are spoilt",
                path="/again",
                count=before,
            )
        return before, len(jobs)

    def _gone(self, record: int, first: int, count: int) -> Ranges:
        """Codes among these that were voided or given back: no pack may carry them."""
        return ranges(
            one
            for issue in self.codes.issues(records=[record])
            for one in both(issue.gone, ((first, first + count - 1),))
        )

    def _first_standing(self, record: int | None, first: int, count: int) -> int:
        """Place, among these, of the first label that may be printed; Refused where none may."""
        gone = self._gone(record, first, count) if record is not None else ()
        if size(gone) == count:
            raise Refused(
                "codes {ranges} were voided or given back; their labels are not printed",
                path="/first", ranges=told(gone),
            )  # fmt: skip
        return gone[0][1] + 1 - first if gone and gone[0][0] == first else 0

    def left_out(self, job: LabelJob) -> str:
        """Codes of a job that were voided or given back, as ranges in words; empty where none was."""
        gone = self._gone(job.record, job.first, job.count) if job.record is not None else ()
        return told(gone) if gone else ""

    def printed_before(self, record: int, first: int, count: int) -> int:
        """How many of these labels an earlier job printed, or may have, or is still to print."""
        return _overlap(self.store.of_record(record), first, count)

    def get(self, organisation: str, job_id: str) -> LabelJob:
        job = self.store.get(job_id)
        if job is None or job.organisation != organisation:
            raise NotFound("there is no such job of labels here")
        return job

    def labels(self, job: LabelJob, start: int, stop: int) -> Sequence[Label | Certificate]:
        """Those of the job with these numbers, from 0, but for those whose code is gone. Refused where
        all codes of the job are."""
        return self._source(job)(start, stop)

    def _source(self, job: LabelJob) -> Callable[[int, int], Sequence[Label | Certificate]]:
        """Gives labels by their numbers; the lot is looked up once. What was voided or given back after
        the job was begun is left out, too: a job may wait for days."""
        if job.certificate is not None:
            paper = self.certificate(job)
            return lambda start, stop: [paper] * (stop - start)
        if job.record is None:
            lot_label = self.labeller.lot_label(job.lot)
            return lambda start, stop: [lot_label] * (stop - start)
        self._first_standing(job.record, job.first, job.count)
        serials = self.serials(job, 0, job.count)
        (first,) = self.labeller.pack_labels(job.lot, serials[:1], job.record)
        record = job.record

        def give(start: int, stop: int) -> list[Label]:
            gone = self._gone(record, job.first + start, stop - start)
            standing = [
                serial
                for number, serial in enumerate(serials[start:stop], job.first + start)
                if not holds(gone, number)
            ]
            return self.labeller.more(first, job.lot, standing) if standing else []

        return give

    def serials(self, job: LabelJob, start: int, stop: int) -> list[str]:
        assert job.record is not None
        found = self.log.serials_of(job.record)[job.first + start : job.first + stop]
        return [one.serial for one in found]

    def data(self, job: LabelJob, language: Language, dpi: int) -> Iterator[bytes]:
        """The job as a file of a printer's language, without labels whose code is gone. Refused, before
        it begins, where all are."""
        self._first_standing(job.record, job.first, job.count)
        return self._data(job, language, dpi)

    def _data(self, job: LabelJob, language: Language, dpi: int) -> Iterator[bytes]:
        paper = read_paper(job.stock)
        printer = Printer("", "", language, dpi, "")
        speech, press = SPEECH[language], Press(paper.stock, printer.dots)
        head, source = printer.head(paper), self._source(job)
        yield speech.opening(head)
        for start in range(0, job.count, 100):
            labels = source(start, min(start + 100, job.count))
            yield b"".join([speech.one(press.bits(label), head) for label in labels])

    def pause(self, organisation: str, job_id: str) -> None:
        self._turn(self.get(organisation, job_id), ("queued", "running"), "paused")

    def resume(self, organisation: str, job_id: str) -> None:
        """Go on; a job whose last part is unconfirmed falls into doubt first."""
        job = self.get(organisation, job_id)
        self._turn(job, ("paused",), "doubt" if job.sent > job.printed else "queued")

    def cancel(self, organisation: str, job_id: str) -> None:
        at = self.clock.now()
        job = self.get(organisation, job_id)
        self._turn(job, ("queued", "running", "paused", "doubt"), "cancelled", at)

    def settle(self, organisation: str, job_id: str, last_good: int) -> None:
        """Somebody looked: labels up to ``last_good`` (from 1, in the job) are there and whole."""
        job = self.get(organisation, job_id)
        if not job.printed <= last_good <= job.sent:
            raise Refused(
                "the last good one is a number from {least} to {most}; {least}: none of these",
                path="/good",
                least=job.printed,
                most=job.sent,
            )
        doubts = [*json.loads(job.doubts), [job.printed + 1, job.sent, last_good]]
        if not self.store.settle(job_id, last_good, json.dumps(doubts)):
            raise Conflict("this was told already; look at the job again")

    def calibrate(self, paper: Paper, printer: Printer) -> None:
        """Print one page that shows how labels lie. Refused or Unavailable, at once."""
        speech, head = SPEECH[printer.language], printer.head(paper)
        page = bits_of(calibration(paper.stock, printer.dots, printer.shift))
        with closing(self.wire.open(printer.address)) as line:
            if printer.answers:
                self._ready(line, speech)
            line.send(speech.opening(head) + speech.one(page, head) + speech.marker)
            if printer.answers:
                # Whether it is there, whoever asked for it sees; but its paper is asked for once more.
                line.ask(speech.poll, 2.0)

    def run_one(self) -> LabelJob | None:
        """Print the oldest job that is due; None when there is none."""
        job = self.claim()
        if job is not None:
            self.run(job)
        return job

    def claim(self) -> LabelJob | None:
        return self.store.claim(self.holder, self.lease_seconds)

    def run(self, job: LabelJob) -> None:
        """Print a claimed job to its end, or until something is in the way."""
        if job.sent > job.printed:
            self.store.leave(job.id, self.holder, "doubt", keep(_DIED))
            return
        printer, paper = read_printer(job.printer), read_paper(job.stock)
        speech, head = SPEECH[printer.language], printer.head(paper)
        try:
            source = self._source(job)
            press = Press(paper.stock, printer.dots, printer.shift)
            with closing(self.wire.open(printer.address)) as line:
                if printer.answers:
                    self._ready(line, speech)
                line.send(speech.opening(head))
                for start in range(job.printed, job.count, self.chunk):
                    if self.stopping():
                        self.store.leave(job.id, self.holder, "queued", "")
                        return
                    stop = min(start + self.chunk, job.count)
                    labels = source(start, stop)
                    data = b"".join([speech.one(press.bits(label), head) for label in labels])
                    if not self.store.send(job.id, self.holder, stop, self.lease_seconds):
                        self.store.leave(job.id, self.holder, "paused", "")
                        return
                    if labels:
                        line.send(data + speech.marker)
                    if labels and printer.answers:
                        self._printed(job, line, speech)
                    if not self.store.confirm(job.id, self.holder, stop, self.lease_seconds):
                        self.store.leave(job.id, self.holder, "paused", "")
                        return
            self.store.finish(job.id, self.holder, self.clock.now())
        except LabelError as problem:
            self.store.leave(job.id, self.holder, "paused", keep(refused(problem)))
        except SuyuanError as problem:
            now = self.store.get(job.id)
            if now is not None and now.sent > now.printed:
                self.store.leave(job.id, self.holder, "doubt", keep(problem))
            elif isinstance(problem, Unavailable):
                self.store.leave(
                    job.id, self.holder, "queued", keep(problem), pause=self.retry_seconds
                )
            else:
                self.store.leave(job.id, self.holder, "paused", keep(problem))

    def _ready(self, line: Line, speech: Speech) -> None:
        """Unavailable, with words, unless the printer says that it can print."""
        state = speech.state(line.ask(speech.poll, 3.0))
        if state is None or state.trouble is not None:
            found = (TROUBLES[state.trouble] if state and state.trouble else _SILENT).template
            raise Unavailable(found)

    def _printed(self, job: LabelJob, line: Line, speech: Speech) -> None:
        """Wait until the printer says that it has printed all. Unavailable when it does not."""
        until, calm, heard = time.monotonic() + self.patience, 0, b""
        told = ""
        while time.monotonic() < until:
            reply = line.ask(speech.poll, 3.0)
            # What comes in its turn may come with any answer, and only once.
            heard = heard[-64:] + reply if speech.marker else reply
            state = speech.state(heard)
            trouble = TROUBLES[state.trouble] if state and state.trouble else None
            if state is None:
                trouble = _SILENT
            if state is not None and state.idle:
                # The first word may have been said before it read what it was sent last.
                calm += 1
                if calm == 2 or speech.marker:
                    return
                self.rest(0.1)
                continue
            calm = 0
            if trouble is not None:
                heard = b""
                if (kept := keep(trouble)) != told:
                    told = kept
            running = self.store.note(job.id, self.holder, told, self.lease_seconds)
            # Paused, its last part is still seen through; but nobody waits for paper then.
            if trouble is not None and not running:
                raise Unavailable("the job was stopped while labels were in the printer")
            self.rest(1.0 if trouble else 0.2)
        raise Unavailable(
            "the printer did not say for {seconds} s that it is done", seconds=int(self.patience)
        )

    def _turn(
        self, job: LabelJob, before: tuple[str, ...], state: str, at: str | None = None
    ) -> None:
        if not self.store.turn(job.id, before, state, at):  # type: ignore[arg-type]
            raise Conflict(
                "the job is not in that state any more, or its last part is still at the printer; "
                "look again"
            )

    def require_owner(self, organisation: str, lot: str, record: int | None) -> None:
        """Labels are printed by who issued the serials, or recorded the lot. Forbidden for others."""
        if record is not None:
            found = self.log.records([record]).get(record)
            serials = self.log.serials_of(record) if found else []
            if found is None or not serials or serials[0].lot != lot:
                raise NotFound("record {index} issued no serials of this lot", index=record)
            owners = {found.owner}
        else:
            history = self.log.touched([lot], size=self.log.tail().size, extends_only=True).get(
                lot, []
            )
            owners = {one.owner for one in self.log.records(history).values()}
        if organisation not in owners:
            raise Forbidden(
                "this lot is another organisation's; its labels are for that one to print"
            )


def _require_fit(label: Label | Certificate, paper: Paper, printer: Printer | None) -> None:
    dots, shift = (printer.dots, printer.shift) if printer else (DOTS_203, (0, 0))
    try:
        Press(paper.stock, dots, shift).bits(label)
    except LabelError as problem:
        error = refused(problem)
        error.path = "/stock"
        raise error from None


def _overlap(jobs: Iterable[LabelJob], first: int, count: int) -> int:
    """How many labels from ``first`` on these jobs printed, may have printed, or will."""
    done = ranges(
        (job.first, job.first + (job.sent if job.state in _OVER else job.count) - 1) for job in jobs
    )
    return size(both(done, ((first, first + count - 1),)))


def _ended(job: LabelJob) -> LabelJob:
    return replace(job, state="done", printed=job.count, sent=job.count, finished_at=job.created_at)
