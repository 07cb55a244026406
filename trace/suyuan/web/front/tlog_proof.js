/** C2SP tlog-proof@v1 without `extra` and without its checkpoint, which the bundle holds once. */

import { parseDecimal, unb64 } from './encoding.js';
import { Refused } from './errors.js';

const MAX_HASHES = 63;

/** `{index, lines}` of a proof's text, up to and including its empty line. */
export function parseProof(text) {
  const [head, index, ...lines] = text.split('\n');
  const number = /^index (.*)$/.exec(index ?? '');
  if (head !== 'c2sp.org/tlog-proof@v1' || number === null) throw new Refused('not a tlog-proof');
  if (lines.pop() !== '' || lines.pop() !== '') throw new Refused('a tlog-proof without its empty line');
  return { index: parseDecimal(number[1]), lines };
}

/** The hashes of the proof's lines. */
export function proofHashes(lines) {
  if (lines.length > MAX_HASHES) throw new Refused('an inclusion proof that is too long');
  return lines.map((line) => unb64(line, 32));
}
