/** The members of an EPCIS 2.0 event that a verifier uses (formats §0); the rest is the service's. */

import { parseDigest } from './encoding.js';
import { asUri } from './identifiers.js';
import { asCount, as32, as32url, asList, asObject, asText, listOf, shape } from './shapes.js';
import { refuse } from './errors.js';

export const EPC_LISTS = ['epcList', 'childEPCs', 'inputEPCList', 'outputEPCList'];
export const QUANTITY_LISTS = ['quantityList', 'childQuantityList', 'inputQuantityList', 'outputQuantityList'];

const MOVES = ['shipping', 'receiving', 'retail_selling'];
const AT_REST = ['active', 'in_progress', 'in_transit', 'retail_sold'];

/** The bare word of a CBV bizStep or disposition, however it is written; other texts unchanged. */
export function cbvWord(text, kind) {
  const written = { bizStep: ['BizStep-', 'bizstep:'], disposition: ['Disp-', 'disp:'] }[kind];
  const prefixes = [`https://ref.gs1.org/cbv/${written[0]}`, `cbv:${written[0]}`, `urn:epcglobal:cbv:${written[1]}`];
  const prefix = prefixes.find((each) => text.startsWith(each));
  return prefix === undefined ? text : text.slice(prefix.length);
}

/**
 * `{type, action, bizStep, disposition, lists, parentID, transformationID, readPoint, bizLocation,
 * serials, partial}`, every object still as the text that names it. `partial` says that parts of
 * lots change hands here (formats §3).
 */
export function readEvent(event) {
  const read = {
    type: asText(event.type, 'type'),
    lists: {},
    parentID: optional(event, 'parentID', asUri),
    transformationID: optional(event, 'transformationID', asUri),
    readPoint: optional(event, 'readPoint', place),
    bizLocation: optional(event, 'bizLocation', place),
    serials: optional(event, 'suyuan:serials', serials),
  };
  for (const name of ['action', 'bizStep', 'disposition']) {
    read[name] = optional(event, name, asText);
  }
  const quantity = (element, what) => asUri(asObject(element, what).epcClass);
  for (const name of EPC_LISTS) read.lists[name] = optional(event, name, listOf(asUri)) ?? [];
  for (const name of QUANTITY_LISTS) read.lists[name] = optional(event, name, listOf(quantity)) ?? [];
  hiddenDigests(event);
  optional(event, 'suyuan:attachments', listOf(asAttachment));
  read.partial =
    ['ObjectEvent', 'TransactionEvent'].includes(read.type) &&
    MOVES.includes(cbvWord(read.bizStep ?? '', 'bizStep')) &&
    !('sensorElementList' in event) &&
    (read.disposition === null || AT_REST.includes(cbvWord(read.disposition, 'disposition')));
  return read;
}

function optional(object, name, read) {
  return name in object ? read(object[name], name) : null;
}

/** The id of a readPoint or bizLocation; it may be private, and then there is none. */
function place(value, what) {
  return 'id' in asObject(value, what) ? asUri(value.id) : null;
}

function serials(value, what) {
  const read = shape(value, what, { count: asCount, root: as32 });
  return read.count > 0 ? read : refuse('an event that issues no serial');
}

const asAttachment = (value, what) => shape(value, what, { digest: parseDigest, mediaType: asText, size: asCount, name: asText });

/** The sorted digests of `suyuan:sd`, or none (formats §2). */
export function hiddenDigests(event) {
  const digests = optional(event, 'suyuan:sd', asList) ?? [];
  digests.forEach((digest, i) => {
    as32url(digest, 'suyuan:sd');
    if (i > 0 && !(digests[i - 1] < digest)) refuse('suyuan:sd is not sorted, or has one twice');
  });
  return digests;
}

/** The texts of all EPCs that the event names: its lists and its parent. */
export function epcsOf(read) {
  const epcs = EPC_LISTS.flatMap((name) => read.lists[name]);
  return read.parentID === null ? epcs : [...epcs, read.parentID];
}
