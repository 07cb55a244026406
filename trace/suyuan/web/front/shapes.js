/** Closed objects and plain types (formats §0): an unknown or missing member fails. */

import { clip, unb64, unb64url } from './encoding.js';
import { refuse } from './errors.js';

export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const own = (object, name) => (Object.prototype.hasOwnProperty.call(object, name) ? object[name] : undefined);

/**
 * A closed object, read: each member by the reader of its name, `reader(value, name)`. All of
 * `readers` must be there, those of `optional` may.
 */
export function shape(value, what, readers, optional = {}) {
  if (!isObject(value)) refuse('{what} is not an object', { what });
  for (const name of Object.keys(readers)) {
    if (!(name in value)) refuse('{what} lacks {name}', { what, name });
  }
  const read = {};
  for (const name of Object.keys(value)) {
    const reader = own(readers, name) ?? own(optional, name);
    if (reader === undefined) refuse('{what} has an unknown member {name}', { what, name: clip(name) });
    read[name] = reader(value[name], name);
  }
  return read;
}

function misshapen(what, wanted) {
  refuse('{what} is not {wanted}', { what, wanted });
}

export function asObject(value, what) {
  return isObject(value) ? value : misshapen(what, 'an object');
}

export function asText(value, what) {
  return typeof value === 'string' ? value : misshapen(what, 'a text');
}

export function asList(value, what) {
  return Array.isArray(value) ? value : misshapen(what, 'a list');
}

/** A whole number from 0 to 2^53−1. */
export function asCount(value, what) {
  return Number.isSafeInteger(value) && value >= 0 ? value : misshapen(what, 'a whole number');
}

/** A reader of one of those values. */
export const oneOf = (...values) => (value, what) => (values.includes(value) ? value : misshapen(what, values.join(', ')));

/** A reader of a list of what `reader` reads. */
export const listOf = (reader) => (value, what) => asList(value, what).map((item) => reader(item, what));

/** A reader of null, or of what `reader` reads. */
export const nullOr = (reader) => (value, what) => (value === null ? null : reader(value, what));

/** 22 base64url characters, 128 bits (formats §2). */
export function asSalt(value, what) {
  unb64url(asText(value, what), 16);
  return value;
}

/** 32 bytes in base64url: kids, public keys, digests of disclosures. */
export function as32url(value, what) {
  return unb64url(asText(value, what), 32);
}

/** 32 bytes in base64: roots and hashes of proofs. */
export function as32(value, what) {
  return unb64(asText(value, what), 32);
}

/** A reader of `0x` and `size` bytes in hex digits of either case, given in lower case. */
export const hexOf = (size) => (value, what) =>
  /^0x[0-9a-fA-F]+$/.test(asText(value, what)) && value.length === 2 + 2 * size
    ? value.toLowerCase()
    : misshapen(what, `${size} bytes in hex`);

/** An RFC 3339 time in UTC with milliseconds and `Z`, by its form alone. */
export function asTimeText(value, what) {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(asText(value, what)) ? value : misshapen(what, 'a UTC time with milliseconds');
}

/** Milliseconds since 1970 of such a time, on a day of the calendar. */
export function asTime(value, what) {
  const time = Date.parse(asTimeText(value, what));
  // Date.parse rolls 31 February over; only a day that exists is written back the same.
  const real = !Number.isNaN(time) && new Date(time).toISOString() === value && !value.startsWith('0000');
  return real ? time : misshapen(what, 'a day of the calendar');
}
