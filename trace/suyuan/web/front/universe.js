/** U, all whose newest records a bundle must hold (formats §7, "What is in it"). */

import { holding, inputsOf, lotsBesideSerials, masterOf } from './touches.js';
import { isLot, objectId, packOf, productMaster } from './identifiers.js';

const NESTING = ['AggregationEvent', 'AssociationEvent'];

/**
 * The members that the shown records give. A record here is `{index, kid, owner, read, touches}`,
 * `read` null but for shown events; `owners` are those of all keys in the bundle.
 */
export function universe({ subject, serial }, records, owners) {
  const members = new Set([subject, ...records.map((record) => record.entry.kid)]);
  const pack = serial === null ? null : packOf(subject, serial.serial);
  if (pack !== null) members.add(pack);

  const events = records.filter((record) => record.touches !== null && record.content.kind === 'event');
  const nested = new Nesting(events);
  let before = -1;
  while (before !== members.size) {
    before = members.size;
    for (const event of events) {
      const met = event.touches.extends.filter((id) => members.has(id));
      if (met.length) membersOf(event, met, nested).forEach((id) => members.add(id));
    }
  }
  const products = Array.from(members, productMaster).filter((id) => id !== null);
  return new Set([...members, ...products, ...owners.map(masterOf)]);
}

/** What an event adds to U once it extends the members `met`. */
function membersOf({ content: { read }, owner }, met, nested) {
  const inputs = inputsOf(read);
  const added = [
    ...inputs,
    ...inputs.filter(isLot).map((lot) => holding(lot, owner)),
    ...lotsBesideSerials(read),
    ...[read.readPoint, read.bizLocation].filter((place) => place !== null).map(masterOf),
  ];
  if (read.transformationID !== null) added.push(objectId(read.transformationID));
  const parent = read.parentID === null ? null : objectId(read.parentID);
  if (met.some((child) => child !== parent && !nested.ended(parent, child))) added.push(parent);
  return added.filter((id) => id !== null);
}

/** Who was put into what, and whether the last word on it was that it was taken out. */
class Nesting {
  constructor(events) {
    this.byParent = new Map();
    for (const { content } of events) {
      const { type, parentID, action, lists } = content.read;
      if (NESTING.includes(type) && parentID !== null) {
        const parent = objectId(parentID);
        const children = lists.childEPCs.map(objectId);
        this.byParent.set(parent, [{ action, children }, ...(this.byParent.get(parent) ?? [])]);
      }
    }
  }

  ended(parent, child) {
    const about = (this.byParent.get(parent) ?? []).find(
      ({ children }) => children.length === 0 || children.includes(child),
    );
    return about !== undefined && about.action === 'DELETE';
  }
}
