/** C2SP tlog-proof@v1 without `extra` and without its checkpoint, which the bundle holds once. */

import { parseDecimal, unb64 } from './encoding.js';
import { refuse } from './errors.js';

const HEAD = /^c2sp\.org\/tlog-proof@v1\nindex ([0-9]+)\n/;
const MAX_HASHES = 63;

/** The index that a proof's text names. */
export function proofIndex(text) {
  const head = HEAD.exec(text);
  if (head === null) refuse('not a tlog-proof');
  return parseDecimal(head[1]);
}

/** The hashes of a proof's text, which ends with an empty line. */
export function proofHashes(text) {
  const lines = text.replace(HEAD, '').split('\n');
  if (lines.pop() !== '' || lines.pop() !== '') refuse('an inclusion proof without its empty line');
  if (lines.length > MAX_HASHES) refuse('an inclusion proof that is too long');
  return lines.map((line) => unb64(line, 32));
}
