/** RFC 8785, JSON Canonicalization Scheme. ECMAScript's own number and string forms are its rule. */

import { utf8 } from './encoding.js';

/** The canonical text of a value that the strict parser took. */
export function canonicalText(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  // Array.prototype.sort without a comparator sorts by UTF-16 code units, as §3.2.3 wants it.
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name])}`).join(',')}}`;
}

/** The canonical bytes, which are what is hashed. */
export function canonicalBytes(value) {
  return utf8(canonicalText(value));
}
