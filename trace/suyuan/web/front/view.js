/** The steps of a check as people see them: waiting, under way, and how each one ended. */

import { el, empty, icon, moment } from './dom.js';
import { fill } from './errors.js';
import { STEPS } from './steps.js';

/**
 * Draws into `place`. `words` is the `check` part of words.json in the reader's language `lang`. The
 * place's `data-check` tells styles and tests where it stands: running, ok, wait, bad or none.
 */
export class CheckView {
  constructor(place, words, lang) {
    Object.assign(this, { place, words, lang });
  }

  begin() {
    this.verdict = el('div', { class: 'check-verdict', role: 'status' });
    this.rows = {};
    this.list = el('ol', { class: 'check-steps' });
    for (const step of STEPS) {
      const row = { item: el('li', {}), state: 'waiting', note: el('span', { class: 'check-note' }), reason: null };
      this.rows[step] = row;
      this.list.appendChild(row.item);
      this.draw(step, 'waiting', this.words.states.waiting);
    }
    empty(this.place).appendChild(this.verdict);
    this.place.appendChild(this.list);
    this.say('running', [this.words.running]);
  }

  /** Progress as verifyBundle tells it. */
  step({ step, status, done, total }) {
    const counted = status === 'running' && done !== null;
    this.draw(step, status, counted ? fill(this.words.progress, { done, total }) : this.words.states[status]);
  }

  draw(step, status, note) {
    const row = this.rows[step];
    if (row.state === status && row.item.firstChild) {
      row.note.textContent = note;
      return;
    }
    row.state = status;
    row.item.className = `check-step is-${status}`;
    row.note = el('span', { class: 'check-note' }, note);
    const name = el('span', { class: 'check-name' }, this.words.steps[step]);
    empty(row.item);
    for (const part of [icon(status), name, row.note]) row.item.appendChild(part);
  }

  /** What was found, at the top; `tone` is ok, wait, bad or none. */
  say(tone, lines) {
    this.place.setAttribute('data-check', tone);
    this.verdict.className = `check-verdict is-${tone}`;
    empty(this.verdict);
    const sign = { ok: 'passed', wait: 'unknown', bad: 'failed', none: 'unknown', running: 'running' }[tone];
    const [first, ...more] = lines;
    this.verdict.appendChild(icon(sign));
    const line = (text, name = null) => el('p', { class: name }, text);
    this.verdict.appendChild(el('div', {}, line(first, 'check-headline'), ...more.map((text) => line(text))));
  }

  /** The end of a check that ran: the report in words, the steps left over, the details. */
  finish(report, { throughServer = false } = {}) {
    const { words } = this;
    for (const step of STEPS) {
      const { state, note } = this.rows[step];
      // One that stopped on its way keeps how far it came.
      if (state === 'running') this.draw(step, 'skipped', note.textContent);
      if (state === 'waiting') this.draw(step, 'skipped', words.states.skipped);
    }
    if (this.rows.anchor.state !== 'skipped' && report.step !== 'anchor') {
      const time = report.blockTime === null ? '' : moment(report.blockTime, this.lang);
      this.draw('anchor', this.rows.anchor.state, fill(words.anchor[report.anchor], { time }));
    }
    const at = report.step ?? (report.complete === 'unknown' && report.template ? 'complete' : null);
    if (at !== null) this.rows[at].item.appendChild(el('span', { class: 'check-reason' }, reasonOf(report, words)));
    this.say(toneOf(report), this.sentences(report, throughServer));
    if (report.step === null && report.recalls.length) this.alarm(fill(words.recalled, { index: report.recalls.join(', ') }));
    this.place.appendChild(this.details(report));
  }

  /** A proven recall comes before the proof: sound records do not make good nuts. */
  alarm(text) {
    const box = el('div', { class: 'check-verdict is-bad', role: 'alert' }, icon('failed'), el('p', { class: 'check-headline' }, text));
    this.place.insertBefore(box, this.verdict);
  }

  sentences(report, throughServer) {
    const { words, lang } = this;
    const failed = report.step !== null;
    const time = report.blockTime === null ? '' : moment(report.blockTime, lang);
    const lines = [fill(words.verdict[headlineOf(report)], { time })];
    const add = (template, params = {}) => lines.push(fill(template, params));
    if (failed) add(words.failedAt, { step: words.steps[report.step], reason: reasonOf(report, words) });
    else {
      const { records, witnesses } = report;
      const some = (word, count) => count && add(words[word], { count });
      const checked = records.filter((record) => record.checked).length;
      add(words.completeness[report.partial ? 'partial' : report.complete], { checked, total: records.length });
      some('hidden', report.hidden);
      some('erased', report.erased);
      some('suspect', records.filter((record) => record.suspect).length);
      if (witnesses.count) add(words[witnesses.found ? 'cosigned' : 'notCosigned'], witnesses);
      add(words.asOf, { size: report.size, time: moment(report.newestRecordTime, lang) });
    }
    if (throughServer && report.anchor !== 'none' && report.anchor !== 'not checked') add(words.throughServer);
    if (report.testChain) add(words.testChain);
    return lines;
  }

  details(report) {
    const { words, lang } = this;
    const list = el('dl', {});
    const add = (name, value) => {
      if (value === null) return;
      list.appendChild(el('dt', {}, words.detail[name]));
      list.appendChild(el('dd', {}, String(value)));
    };
    add('fingerprint', report.fingerprint);
    add('checked', report.records.filter((record) => record.checked).length);
    add('size', report.size);
    add('newest', report.newestRecordTime && moment(report.newestRecordTime, lang));
    add('block', report.blockTime && moment(report.blockTime, lang));
    add('reason', report.step === null ? null : report.verdict);
    return el('details', { class: 'check-details' }, el('summary', {}, words.details), list);
  }

  /** The end of a check that could not run: never a tick, and a way to try again where that helps. */
  stopped(kind, retry = null) {
    for (const step of STEPS) this.draw(step, 'skipped', this.words.states.skipped);
    this.say(kind === 'policyOther' ? 'bad' : 'none', [this.words.verdict[kind]]);
    if (retry === null) return;
    const button = el('button', { type: 'button', class: 'check-retry' }, this.words.retry);
    button.addEventListener('click', retry);
    this.verdict.lastChild.appendChild(button);
  }
}

export function toneOf(report) {
  if (report.step !== null) return 'bad';
  return report.verdict === 'verified' && report.complete === 'yes' ? 'ok' : 'wait';
}

function headlineOf({ step, anchor }) {
  if (step !== null) return 'failed';
  return { none: 'logged', 'not checked': 'anchorNotChecked', 'not final': 'notFinal', 'time not checked': 'verifiedNoTime', checked: 'verified' }[anchor];
}

/** The reason in the reader's language; misshapen files, a matter for experts, keep its English. */
export function reasonOf({ template, params, index = null }, words) {
  const known = words.reasons[template];
  const english = fill(template, params);
  let reason = known === undefined ? english : fill(known, params);
  if (known === undefined && Object.keys(words.reasons).length) reason = fill(words.misshapen, { reason: english });
  return index === null ? reason : fill(words.atRecord, { index, reason });
}
