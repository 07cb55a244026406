/** Each record in plain words, for the single-file verifier. */

import { el, moment } from './dom.js';
import { fill } from './errors.js';
import { cbvWord } from './event.js';
import { isObject } from './shapes.js';
import { Names, inLanguage } from './names.js';

const SHOWN_OBJECTS = 4;
const DAY = 24 * 60 * 60 * 1000;
const OWN = /^suyuan:(?!sd$|serials$|codes$|attachments$)/;
const COMPLIANCE = '承诺达标合格证';

/** A word of a table; nothing that the table's prototype happens to have. */
const wordOf = (table, key) => (Object.prototype.hasOwnProperty.call(table, key) ? table[key] : null);

/** Any JSON value as a text: what stands in a record can be of any type. */
const plain = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

export class Story {
  constructor(report, words, lang) {
    Object.assign(this, { words, lang, records: report.records });
    this.names = new Names(report.records, words, lang);
  }

  /** Events, erasures and what is not shown, the newest first. */
  main() {
    const unread = ({ state, value }) => state === 'shown' && value === null;
    return this.records.filter((record) => record.kind !== 'key' && record.kind !== 'master' && !unread(record)).reverse();
  }

  /** Registrations of names and keys, the newest first. */
  others() {
    return this.records.filter(({ kind }) => kind === 'key' || kind === 'master').reverse();
  }

  /** One record as a list item. */
  item(record) {
    const lines = record.state === 'shown' && record.value !== null ? this[record.kind](record.value) : this.notShown(record);
    const flags = [...this.late(record), ...(record.suspect ? [this.words.suspect] : [])];
    const tone = record.recalled ? ' is-recalled' : record.state === 'shown' ? '' : ' is-hidden';
    return el(
      'li',
      { class: `record${tone}` },
      el('p', { class: 'record-when' }, lines.when ?? (record.recordTime === null ? '' : moment(record.recordTime, this.lang))),
      el('h3', {}, lines.title, ...(lines.mark ? [' ', el('strong', { class: 'record-mark' }, lines.mark)] : [])),
      ...[...(lines.body ?? []), ...flags].map((line) => el('p', {}, line)),
      this.signature(record),
      this.raw(record),
    );
  }

  /** How long after the deed it was recorded, where that is a day or more: the one lie that a log shows. */
  late({ value, recordTime }) {
    const deed = value === null ? NaN : Date.parse(plain(value.eventTime ?? ''));
    const days = Math.floor((Date.parse(recordTime) - deed) / DAY);
    return days >= 1 ? [fill(this.words.late, { days })] : [];
  }

  signature({ owner, role, index }) {
    const { words } = this;
    const who = owner === null ? null : fill(words.recordedBy, { owner: this.names.of(owner) });
    const chip = role === null ? null : el('span', { class: `chip is-${role}` }, words.roles[role]);
    return el('p', { class: 'record-who' }, who, who && ' ', chip, ` ${fill(words.recordNumber, { index })}`);
  }

  raw({ value, leaf, kid, recordTime }) {
    const { words } = this;
    const facts = [recordTime && `${words.recordTime} ${recordTime}`, leaf && `leaf ${leaf}`, kid && `kid ${kid}`].filter(Boolean);
    const text = value === null ? null : JSON.stringify(value, null, 2);
    return el(
      'details',
      { class: 'record-raw' },
      el('summary', {}, words.raw),
      ...facts.map((fact) => el('p', { class: 'mono' }, fact)),
      text === null ? null : el('pre', { tabindex: '0' }, text),
    );
  }

  notShown({ state }) {
    return { title: state === 'erased' ? this.words.erased : this.words.hidden };
  }

  master(master) {
    const name = inLanguage(master.name, this.lang);
    return { title: this.words.masterTitle, body: [name ?? this.names.of(master.id), ...this.own(master)] };
  }

  key(key) {
    const title = key.status === 'revoked' ? this.words.keyRevoked : this.words.keyActive;
    return { title, body: [`${this.names.of(key.owner)} · ${this.words.roles[key.role]}`] };
  }

  erasure(erasure) {
    const { words } = this;
    const about = this.records.find(({ leaf }) => erasure.of === `sha-256:${leaf}`);
    return { title: about ? fill(words.erasure, { index: about.index }) : words.erasureOther, body: [erasure.reason] };
  }

  event(event) {
    const { words } = this;
    const disposition = cbvWord(event.disposition ?? '', 'disposition');
    return {
      when: this.when(event),
      title: this.title(event),
      mark: wordOf(words.dispositions, disposition),
      body: [...this.objects(event), ...this.place(event), ...this.own(event), ...this.besides(event)],
    };
  }

  /** The moment in the event's own zone, as the clock on the wall said it. */
  when({ eventTime, eventTimeZoneOffset }) {
    const offset = /^([+-])(\d\d):(\d\d)$/.exec(plain(eventTimeZoneOffset ?? ''));
    const time = Date.parse(plain(eventTime ?? ''));
    if (offset === null || Number.isNaN(time)) return null;
    const minutes = (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3]));
    const wall = new Date(time + minutes * 60000);
    return new Intl.DateTimeFormat(this.lang === 'zh' ? 'zh-CN' : 'en-GB', {
      year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false, timeZone: 'UTC',
    }).format(wall);
  }

  /** What was done: a certificate and a market's check-in share their step with a mere acceptance. */
  title(event) {
    const { titles } = this.words;
    const { 'suyuan:checkIn': checked, 'suyuan:certificate': given } = event;
    if (isObject(checked)) return checked.verdict === 'accepted' ? titles.letIn : titles.turnedAway;
    if (!isObject(given) || this.word(event.bizStep) !== 'accepting') return this.step(event.bizStep);
    if (given.type === COMPLIANCE) return titles.compliance;
    return given.status === 'void' ? titles.withdrawn : titles.certificate;
  }

  /** The bare word of a step, the standard's or our own; "" for what is none. */
  word(text) {
    return typeof text === 'string' ? cbvWord(text, 'bizStep').split(/[/:#]/).pop().replace(/^BizStep-/, '') : '';
  }

  step(text) {
    const word = this.word(text);
    return wordOf(this.words.steps, word) ?? (word || this.words.otherStep);
  }

  objects(event) {
    const { words } = this;
    const row = (label, epcs, quantities) => {
      const all = [...(event[epcs] ?? []).map((epc) => this.names.object(epc)), ...(event[quantities] ?? []).map((item) => this.quantity(item))];
      if (all.length === 0) return [];
      const more = all.length > SHOWN_OBJECTS ? ` ${fill(words.more, { count: all.length })}` : '';
      return [`${label}${this.colon()}${all.slice(0, SHOWN_OBJECTS).join(this.comma())}${more}`];
    };
    const nested = typeof event.parentID === 'string' ? this.names.object(event.parentID) : null;
    return [
      ...row(words.inputs, 'inputEPCList', 'inputQuantityList'),
      ...row(words.outputs, 'outputEPCList', 'outputQuantityList'),
      ...row(words.objects, 'epcList', 'quantityList'),
      ...row(words.objects, 'childEPCs', 'childQuantityList'),
      ...(nested === null ? [] : [`${event.action === 'DELETE' ? words.unparent : words.parent}${this.colon()}${nested}`]),
    ];
  }

  quantity({ epcClass, quantity, uom }) {
    const name = this.names.object(epcClass);
    return quantity === undefined ? name : `${name} ${this.amount(quantity, uom)}`;
  }

  amount(value, unit) {
    const said = unit === undefined ? '' : plain(unit);
    return `${plain(value)} ${wordOf(this.words.units, said) ?? said}`.trim();
  }

  place(event) {
    const place = [event.readPoint, event.bizLocation].find((each) => isObject(each) && typeof each.id === 'string');
    return place ? [fill(this.words.at, { place: this.names.of(place.id) })] : [];
  }

  /** The members of our own vocabulary, disclosed private ones among them. */
  own(value) {
    return Object.keys(value).filter((name) => OWN.test(name)).map((name) => `${this.label(name)}${this.colon()}${this.tell(value[name])}`);
  }

  label(name) {
    return wordOf(this.words.members, name) ?? name.replace(/^suyuan:/, '');
  }

  tell(value) {
    if (Array.isArray(value)) return value.map((item) => this.tell(item)).join(this.comma());
    if (!isObject(value)) return wordOf(this.words.values, plain(value)) ?? plain(value);
    const said = inLanguage(value, this.lang);
    if (said !== null) return said;
    const { item, value: number, uom, unit, ...rest } = value;
    const head = [item === undefined ? '' : this.tell(item), number === undefined ? '' : this.amount(number, uom ?? unit)].filter(Boolean).join(' ');
    return [...(head ? [head] : []), ...Object.keys(rest).map((name) => `${this.label(name)} ${this.tell(rest[name])}`)].join(this.comma());
  }

  besides(event) {
    const { words } = this;
    const left = (event['suyuan:sd'] ?? []).length;
    const attached = (event['suyuan:attachments'] ?? []).length;
    return [
      event['suyuan:serials'] ? fill(words.serials, { count: event['suyuan:serials'].count }) : null,
      ...this.codes(event['suyuan:codes']),
      attached ? fill(words.attachments, { count: attached }) : null,
      left ? fill(words.privateLeft, { count: left }) : null,
      event.errorDeclaration ? words.correction : null,
    ].filter(Boolean);
  }

  /** How many codes of an issue a record speaks of: ranges of places, both ends included. */
  codes(given) {
    const ranges = isObject(given) && Array.isArray(given.ranges) ? given.ranges.filter(Array.isArray) : [];
    const whole = ranges.filter(([first, last]) => Number.isSafeInteger(first) && Number.isSafeInteger(last));
    const count = whole.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    return count > 0 ? [fill(this.words.codes, { count })] : [];
  }

  colon() {
    return this.lang === 'zh' ? '：' : ': ';
  }

  comma() {
    return this.lang === 'zh' ? '、' : ', ';
  }
}
