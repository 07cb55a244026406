/** U, all whose newest records a bundle must hold (formats §7, "What is in it"). */

import { isLot, objectId, packOf, productMaster } from './identifiers.js';
import { holding, inputsOf, lotsBesideSerials, masterOf } from './touches.js';

const NESTING = ['AggregationEvent', 'AssociationEvent'];

/**
 * The members that the shown records give. Of a record `name, after, entry, owner, content` and
 * `touches` count here, the last null where it cannot be known; `owners` are those of all keys.
 */
export function universe({ subject, serial }, records, owners) {
  const pack = serial === null ? null : packOf(subject, serial.serial);
  const fresh = [subject, pack, ...records.map((record) => record.entry.kid)];
  const extending = new Map();
  for (const record of records) {
    if (record.touches === null || record.content.kind !== 'event') continue;
    for (const id of record.touches.extends) {
      if (!extending.has(id)) extending.set(id, []);
      extending.get(id).push(record);
    }
  }
  const nested = new Nesting(records);
  const members = new Set();
  const told = new Set();
  while (fresh.length) {
    const member = fresh.pop();
    if (member === null || members.has(member)) continue;
    members.add(member);
    for (const event of extending.get(member) ?? []) {
      if (!told.has(event)) fresh.push(...namedBy(event));
      told.add(event);
      const parent = parentOf(event);
      if (parent !== null && parent !== member && !nested.ended(parent, member)) fresh.push(parent);
    }
  }
  const products = Array.from(members, productMaster).filter((id) => id !== null);
  return new Set([...members, ...products, ...owners.map(masterOf)]);
}

/** What an event adds to U that extends a member of it, its parent apart. */
function namedBy({ content: { read }, owner }) {
  const inputs = inputsOf(read);
  return [
    ...inputs,
    ...inputs.filter(isLot).map((lot) => holding(lot, owner)),
    ...lotsBesideSerials(read),
    ...[read.readPoint, read.bizLocation].filter((place) => place !== null).map(masterOf),
    read.transformationID === null ? null : objectId(read.transformationID),
  ];
}

const parentOf = ({ content: { read } }) => (read.parentID === null ? null : objectId(read.parentID));

/** Who was put into what, and whether the last word on it was that it was taken out. */
class Nesting {
  constructor(records) {
    this.parents = new Map();
    records.forEach((record, order) => (record.touches === null ? this.doubt(record, order) : this.see(record, order)));
  }

  see({ content, touches, name }, order) {
    for (const id of touches.extends) {
      if (this.parents.has(id)) this.parents.get(id).newest = new Set([name]);
    }
    if (content.kind !== 'event' || !NESTING.includes(content.read.type)) return;
    const parent = parentOf({ content });
    if (parent === null) return;
    if (!this.parents.has(parent)) this.parents.set(parent, { newest: new Set([name]), all: null, each: new Map() });
    const said = { order, ended: content.read.action === 'DELETE' };
    const { childEPCs } = content.read.lists;
    if (childEPCs.length === 0) this.parents.get(parent).all = said;
    childEPCs.forEach((child) => this.parents.get(parent).each.set(objectId(child), said));
  }

  /** A hidden record linked to the newest of a parent may have taken anything out of it. */
  doubt({ after, name }, order) {
    for (const state of this.parents.values()) {
      if (after.some((leaf) => state.newest.has(leaf))) {
        state.newest.add(name);
        state.all = { order, ended: true };
      }
    }
  }

  /** The last word on the pair, whether on this child or, without naming any, on all of them. */
  ended(parent, child) {
    const { all = null, each = new Map() } = this.parents.get(parent) ?? {};
    const own = each.get(child) ?? null;
    if (own === null || all === null) return (own ?? all ?? { ended: false }).ended;
    return (own.order > all.order ? own : all).ended;
  }
}
