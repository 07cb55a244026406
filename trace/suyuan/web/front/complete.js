/** Whether the bundle leaves nothing out: (a) to (f) of formats §7. */

import { clip, parseDecimal } from './encoding.js';
import { Refused, refuse } from './errors.js';
import { leafHash, verifyInclusion } from './merkle.js';
import { canonicalBytes } from './jcs.js';
import { isLot, packOf } from './identifiers.js';
import { openNote } from './note.js';
import { inputsOf, makes, touches } from './touches.js';
import { universe } from './universe.js';

const SERIAL_SUBJECT = /^https:\/\/id\.gs1\.org\/(01|8006)\/\d+\/21\//;

/**
 * `yes`, or `unknown` with the reason; refuses where something is missing or false. `records` are
 * all of the bundle by index, `{index, name, after, entry, content, owner}`, `content` null where
 * hidden; they get their `touches`, null where they cannot be known. `blockTime` is that of the
 * checked anchor in milliseconds, or null.
 */
export async function checkComplete({ bundle, records, owners, policy, checkpoint, blockTime, verifier }) {
  const byName = new Map(records.map((record) => [record.name, record]));
  const last = walk(records, byName);
  checkTimes(records, blockTime);
  const unknown = records.find((record) => record.touches === null);
  const told = parseTips((await openNote(bundle.tips, policy.logKeys, verifier)).body);
  if (told.origin !== policy.origin) refuse('the word on the newest records is of another log');
  if (told.size !== checkpoint.size) refuse('the word on the newest records is of another size');

  const members = universe(bundle, records, owners);
  if (unknown === undefined) compareExactly(told.tips, members, last);
  else compareLoosely(told.tips, members, last, byName, records);

  checkSubject(bundle, records, told.tips, byName);
  if (bundle.serial !== null) checkSerial(bundle, byName);
  if (unknown !== undefined) {
    return { complete: 'unknown', why: new Refused('record {index} is not shown', { index: unknown.index }) };
  }
  const lost = beginningMissing(bundle, records, members);
  if (lost !== undefined) {
    return { complete: 'unknown', why: new Refused('where {id} comes from is not in it', { id: lost }) };
  }
  return { complete: 'yes', why: null };
}

/** (b) and (c). The last record that extended each object, by the shown records. */
function walk(records, byName) {
  const tips = new Map();
  let exact = true;
  for (const record of records) {
    const { index, after, entry, owner, content } = record;
    for (const leaf of after) {
      const found = byName.get(leaf);
      if (found === undefined || !(found.index < index)) {
        refuse('record {index} rests on one that is left out', { index });
      }
    }
    record.touches = content === null ? null : touchesOf(content, entry.kid, owner, index, byName);
    exact = exact && record.touches !== null;
    if (exact) {
      const due = new Set(record.touches.restsOn.filter((id) => tips.has(id)).map((id) => tips.get(id).name));
      if (Array.from(due).sort().join() !== after.join()) {
        refuse('record {index} is not linked to the newest of what it rests on', { index });
      }
    }
    if (record.touches !== null) record.touches.extends.forEach((id) => tips.set(id, record));
  }
  return tips;
}

function touchesOf(content, kid, owner, index, byName) {
  if (content.kind !== 'erasure') return touches(content, { kid, owner });
  const erased = byName.get(content.of);
  if (erased === undefined || !(erased.index < index)) refuse('record {index} erases one that is left out', { index });
  return erased.touches === null ? null : touches(content, { kid, owner, erased: erased.touches });
}

/** (e). The chain tells time in whole seconds, so a record of the block's own second is not later. */
function checkTimes(records, blockTime) {
  records.forEach(({ index, entry }, i) => {
    if (i > 0 && entry.time < records[i - 1].entry.time) {
      refuse('record {index} is dated before the one in front of it', { index });
    }
    if (blockTime !== null && Math.floor(entry.time / 1000) * 1000 > blockTime) {
      refuse('record {index} is dated after the block that holds it', { index });
    }
  });
}

/** `{origin, size, tips}`: the leaf hash, or null, of each object, in the order written. */
function parseTips(body) {
  const [head, origin, size, ...lines] = body.split('\n');
  if (head !== 'suyuan/tips/v1' || lines.pop() !== '') refuse('not a word on the newest records');
  const tips = new Map();
  let before = '';
  for (const line of lines) {
    const [, leaf, id] = /^(-|[0-9a-f]{64}) (\S+)$/.exec(line) ?? [];
    if (id === undefined || !(before < id)) refuse('not a word on the newest records');
    tips.set(id, leaf === '-' ? null : leaf);
    before = id;
  }
  return { origin, size: parseDecimal(size ?? ''), tips };
}

/** (d), with nothing hidden. */
function compareExactly(tips, members, last) {
  for (const [id, leaf] of tips) {
    if (!members.has(id)) refuse('{id} has no place in it', { id: clip(id) });
    const newest = last.has(id) ? last.get(id).name : null;
    if (leaf !== newest) refuse('the newest record of {id} is left out', { id });
  }
  allNamed(tips, members);
}

function allNamed(tips, members) {
  const missing = Array.from(members).find((id) => !tips.has(id));
  if (missing !== undefined) refuse('the newest record of {id} is not told', { id: missing });
}

/** (d), where something is hidden: what the hidden records add cannot be told, the rest can. */
function compareLoosely(tips, members, last, byName, records) {
  const kids = new Set(records.map((record) => record.entry.kid));
  const isKid = (id) => !id.includes(':');
  for (const [id, leaf] of tips) {
    const shown = last.get(id);
    const named = leaf === null ? undefined : byName.get(leaf);
    let fits = named === shown && (leaf === null || named !== undefined);
    if (isKid(id)) fits = fits && kids.has(id);
    else if (named !== undefined && named.touches === null) fits = !(shown && named.index < shown.index);
    if (!fits) refuse('the newest record of {id} is left out', { id });
  }
  allNamed(tips, members);
}

/** (a), first half. A hidden record may be the one; then the log's word that it is must do. */
function checkSubject({ subject, serial }, records, tips, byName) {
  if (serial !== null && packOf(subject, serial.serial) === null) refuse('a serial of something that is no lot');
  const first = records.find((record) => record.touches !== null && record.touches.extends.includes(subject));
  if (first === undefined) {
    const tip = byName.get(tips.get(subject));
    if (tip === undefined || tip.touches !== null) refuse('no record is about {id}', { id: subject });
  } else if (SERIAL_SUBJECT.test(subject) && !first.touches.restsOn.some(isLot)) {
    if (!records.some((record) => record.touches === null && record.index < first.index)) {
      refuse('the pack does not come from a lot');
    }
  }
}

/** (a), second half: the serial is one of those that a record on the lot issued. */
function checkSerial({ subject, serial }, byName) {
  const issuer = byName.get(serial.issuedBy);
  const issued = issuer && issuer.touches !== null && issuer.content.kind === 'event' ? issuer.content.read.serials : null;
  if (!issued || !issuer.touches.extends.includes(subject)) refuse('no record on the lot issues this serial');
  const leaf = leafHash(canonicalBytes([serial.salt, serial.serial]));
  verifyInclusion(leaf, serial.index, issued.count, serial.path, issued.root);
}

/**
 * (f). The subject or an input that does not begin here with an event that makes it, if any. Only
 * events have holdings: master data of a lot (`<lot>#master`) says nothing of how it came.
 */
function beginningMissing({ subject }, records, members) {
  const events = records.filter((record) => record.content.kind === 'event');
  const wanted = new Set([subject]);
  for (const { touches: touched, content } of events) {
    if (touched.extends.some((id) => members.has(id))) inputsOf(content.read).forEach((id) => wanted.add(id));
  }
  return Array.from(wanted).find((id) => {
    const isHolding = (extended) => isLot(id) && extended.startsWith(`${id}#`);
    const first = events.find(({ touches: touched }) => touched.extends.some((each) => each === id || isHolding(each)));
    return !first || !(first.touches.extends.some(isHolding) || makes(first.content.read).includes(id));
  });
}
