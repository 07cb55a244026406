/** Bytes and their texts. Every decoder refuses what does not encode back to the same text. */

import { refuse } from './errors.js';

const encoder = new TextEncoder();

export function utf8(text) {
  return encoder.encode(text);
}

/** Text of UTF-8 bytes; a byte order mark stays, so that the parser behind refuses it. */
export function fromUtf8(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    refuse('not UTF-8 text');
  }
}

export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Bytes of lowercase hex that a caller has already matched. */
export function unhex(text) {
  return Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
}

/** RFC 4648 §4, padded. */
export function b64(bytes) {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Bytes of standard, padded base64; `size` where only that many bytes will do. */
export function unb64(text, size) {
  let bytes = null;
  try {
    bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch (error) {
    bytes = null;
  }
  if (bytes === null || b64(bytes) !== text) refuse('not base64: {text}', { text: clip(text) });
  return sized(bytes, size);
}

/** RFC 4648 §5, unpadded. */
export function b64url(bytes) {
  return b64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** Bytes of unpadded base64url; `size` where only that many bytes will do. */
export function unb64url(text, size) {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) {
    refuse('not base64url: {text}', { text: clip(text) });
  }
  const padded = text.replace(/-/g, '+').replace(/_/g, '/') + '='.repeat((4 - (text.length % 4)) % 4);
  return sized(unb64(padded), size);
}

function sized(bytes, size) {
  if (size !== undefined && bytes.length !== size) {
    refuse('{found} bytes where {size} are due', { found: bytes.length, size });
  }
  return bytes;
}

/** Hex of a digest written `sha-256:<64 lowercase hex>`. */
export function parseDigest(text) {
  if (typeof text !== 'string' || !/^sha-256:[0-9a-f]{64}$/.test(text)) {
    refuse('not a digest: {text}', { text: clip(text) });
  }
  return text.slice(8);
}

/** A decimal of ASCII digits without sign or leading zero, at most 2^53−1. */
export function parseDecimal(text) {
  const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) refuse('not a decimal number: {text}', { text: clip(text) });
  return value;
}

/** At most 40 characters of something from outside, to be put into a message. */
export function clip(value) {
  const text = typeof value === 'string' ? value : String(JSON.stringify(value));
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
