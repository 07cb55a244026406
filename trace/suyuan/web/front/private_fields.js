/** Private fields of events, in the manner of RFC 9901 (formats §2). */

import { b64url, clip, fromUtf8, unb64url, utf8 } from './encoding.js';
import { refuse } from './errors.js';
import { EPC_LISTS, QUANTITY_LISTS, hiddenDigests } from './event.js';
import { sha256 } from './hash.js';
import { asList, asSalt, asText, isObject } from './shapes.js';
import { parseJson } from './strict_json.js';

/** Never private at the top level: what decides what a record touches, and what it is. */
const ALWAYS_OPEN = [
  '@context', 'type', 'eventTime', 'eventTimeZoneOffset', 'recordTime', 'action', 'bizStep', 'disposition',
  ...EPC_LISTS, ...QUANTITY_LISTS, 'sourceList', 'destinationList', 'readPoint', 'bizLocation', 'parentID',
  'transformationID', 'errorDeclaration', 'sensorElementList', 'suyuan:serials',
];

/**
 * `event` with the disclosed fields in place, `suyuan:sd` naming those still hidden; the event itself
 * is left as it was signed.
 */
export function reveal(event, disclosures) {
  const listed = hiddenDigests(event);
  const used = new Set();
  const revealed = disclosures.length ? copy(event) : event;
  for (const disclosure of disclosures) {
    const digest = b64url(sha256(utf8(disclosure)));
    if (used.has(digest)) refuse('a private field disclosed twice');
    if (!listed.includes(digest)) refuse('a disclosed field that the event does not list');
    used.add(digest);
    putBack(revealed, parseDisclosure(disclosure));
  }
  if (used.size) revealed['suyuan:sd'] = listed.filter((digest) => !used.has(digest));
  return revealed;
}

function parseDisclosure(disclosure) {
  const parts = asList(parseJson(fromUtf8(unb64url(disclosure))), 'disclosure');
  if (parts.length !== 4) refuse('a disclosure that is not salt, pointer, name and value');
  const [salt, pointer, name, value] = parts;
  asSalt(salt, 'salt');
  asText(pointer, 'pointer');
  asText(name, 'name');
  if (name === 'suyuan:sd' || holdsDigests(value)) refuse('suyuan:sd within a private field');
  if (pointer === '' && ALWAYS_OPEN.includes(name)) refuse('{name} is never private', { name });
  return { pointer, name, value };
}

function putBack(event, { pointer, name, value }) {
  if (pointer !== '' && !/^(\/([^~]|~[01])*)+$/.test(pointer)) {
    refuse('not a JSON pointer: {text}', { text: clip(pointer) });
  }
  let parent = event;
  for (const token of pointer.split('/').slice(1)) {
    const step = token.replace(/~1/g, '/').replace(/~0/g, '~');
    parent = isObject(parent) && step in parent ? parent[step] : null;
  }
  if (!isObject(parent)) refuse('a private field whose place is missing or lies in a list');
  if (name in parent) refuse('a private field where {name} is already', { name: clip(name) });
  parent[name] = value;
}

function holdsDigests(value) {
  if (value === null || typeof value !== 'object') return false;
  if (!Array.isArray(value) && 'suyuan:sd' in value) return true;
  return Object.keys(value).some((name) => holdsDigests(value[name]));
}

function copy(value) {
  if (Array.isArray(value)) return value.map(copy);
  if (value === null || typeof value !== 'object') return value;
  const twin = Object.create(null);
  for (const name of Object.keys(value)) twin[name] = copy(value[name]);
  return twin;
}
