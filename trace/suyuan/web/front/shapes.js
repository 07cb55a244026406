/** Closed objects and plain types (formats §0): an unknown or missing member fails. */

import { clip, unb64, unb64url } from './encoding.js';
import { Refused } from './errors.js';

export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value`, an object with all of `required`, perhaps some of `optional`, and nothing else. */
export function closed(value, what, required, optional = []) {
  if (!isObject(value)) throw new Refused('{what} is not an object', { what });
  for (const name of required) {
    if (!(name in value)) throw new Refused('{what} lacks {name}', { what, name });
  }
  for (const name of Object.keys(value)) {
    if (!required.includes(name) && !optional.includes(name)) {
      throw new Refused('{what} has an unknown member {name}', { what, name: clip(name) });
    }
  }
  return value;
}

export function asText(value, what) {
  if (typeof value !== 'string') throw new Refused('{what} is not a text', { what });
  return value;
}

export function asList(value, what) {
  if (!Array.isArray(value)) throw new Refused('{what} is not a list', { what });
  return value;
}

/** A whole number from 0 to 2^53−1. */
export function asCount(value, what) {
  if (!Number.isSafeInteger(value) || value < 0) throw new Refused('{what} is not a whole number', { what });
  return value;
}

export function oneOf(value, what, allowed) {
  if (!allowed.includes(value)) throw new Refused('{what} is none of those known', { what });
  return value;
}

/** 22 base64url characters, 128 bits (formats §2). */
export function asSalt(value) {
  unb64url(asText(value, 'salt'), 16);
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

/** `0x` and as many hex digits as `bytes` have, in lower case. */
export function asHex(value, what, bytes) {
  if (!/^0x[0-9a-fA-F]*$/.test(asText(value, what)) || value.length !== 2 + 2 * bytes) {
    throw new Refused('{what} is not {bytes} bytes in hex', { what, bytes });
  }
  return value.toLowerCase();
}

/** An RFC 3339 time in UTC with milliseconds and `Z`, by its form alone. */
export function asTimeText(value, what) {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(asText(value, what))) {
    throw new Refused('{what} is not a time in UTC with milliseconds', { what });
  }
  return value;
}

/** Milliseconds since 1970 of such a time, on a day of the calendar. */
export function asTime(value, what) {
  const time = Date.parse(asTimeText(value, what));
  // Date.parse rolls 31 February over; only a day that exists is written back the same.
  if (Number.isNaN(time) || new Date(time).toISOString() !== value || value.startsWith('0000')) {
    throw new Refused('{what} is not a day of the calendar', { what });
  }
  return time;
}
