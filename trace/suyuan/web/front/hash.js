/**
 * SHA-256. Pure JavaScript on purpose: WebCrypto's is missing on plain http pages, and its promise
 * costs more than hashing a record of a kilobyte does.
 */

import { sha256 } from './sha2.js';
import { canonicalBytes } from './jcs.js';
import { hex } from './encoding.js';

export { sha256 };

/** Lowercase hex of SHA-256(JCS(value)): how contents, links and policies are named. */
export function digestOf(value) {
  return hex(sha256(canonicalBytes(value)));
}
