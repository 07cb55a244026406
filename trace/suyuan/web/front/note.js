/** C2SP signed-note and tlog-checkpoint, as formats §5 narrows them. */

import { b64, clip, concat, hex, parseDecimal, sameBytes, unb64, unhex, utf8 } from './encoding.js';
import { checkPublicKey } from './ed25519.js';
import { refuse } from './errors.js';
import { sha256 } from './hash.js';

const MAX_SIGNATURES = 16;
const ED25519 = 1;
/** The type of a witness's key (C2SP tlog-cosignature, Ed25519). */
export const COSIGNER = 4;

/** A key name has no plus sign and no Unicode space. */
const goodName = (name) => name !== '' && !/[+\s\u0085]/u.test(name);

/** `{name, id, x}` of a verifier key `<name>+<8 hex>+<base64>`; refuses one whose id is not its own. */
export function parseVerifierKey(text, kind = ED25519) {
  const [, name = '', id, key] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/.exec(text) ?? [];
  if (!goodName(name)) refuse('not a key: {text}', { text: clip(text) });
  const material = unb64(key, 33);
  const expected = hex(sha256(concat(utf8(`${name}\n`), material)).subarray(0, 4));
  if (material[0] !== kind || id !== expected) {
    refuse('another kind of key: {text}', { text: clip(text) });
  }
  const x = material.subarray(1);
  checkPublicKey(x);
  return { name, id, x };
}

/** `{body, signatures: [{name, id, sig}]}` of a signed note; `body` ends with its newline. */
function splitNote(note) {
  const split = note.lastIndexOf('\n\n');
  // eslint-disable-next-line no-control-regex
  if (split < 0 || !note.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(note)) {
    refuse('not a signed note');
  }
  const lines = note.slice(split + 2).split('\n').slice(0, -1);
  if (lines.length === 0) refuse('a note without a signature');
  if (lines.length > MAX_SIGNATURES) refuse('a note with more than {most} signatures', { most: MAX_SIGNATURES });
  return { body: note.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line) {
  const [, name, text] = /^— (\S+) (\S+)$/u.exec(line) ?? [];
  if (!name || !goodName(name)) refuse('a signature line that is none');
  const bytes = unb64(text);
  if (bytes.length < 5) refuse('a signature line that is too short');
  return { name, id: hex(bytes.subarray(0, 4)), sig: bytes.subarray(4) };
}

/**
 * `{body, cosigned}` of a note that at least one listed log key signed: its text, and the set of those
 * of `witnesses` that cosigned it. A signature of any listed key that does not hold is refused.
 */
export async function openNote(note, logKeys, verifier, witnesses = []) {
  const { body, signatures } = splitNote(note);
  const signed = new Set();
  for (const { name, id, sig } of signatures) {
    const key = [...logKeys, ...witnesses].find((known) => known.name === name && known.id === id);
    if (key) {
      // A witness signs a time with it: eight bytes before the signature, at most 2^63-1.
      const at = witnesses.includes(key) ? 8 : 0;
      const head = at ? `cosignature/v1\ntime ${BigInt(`0x${hex(sig.subarray(0, 8))}`)}\n` : '';
      if ((at && sig[0] > 127) || !(await verifier.verify(key.x, utf8(head + body), sig.subarray(at)))) {
        refuse('the signature of {name} does not hold', { name });
      }
      signed.add(key);
    }
  }
  if (!logKeys.some((key) => signed.has(key))) refuse('no log key of the policy signed it');
  return { body, cosigned: witnesses.filter((key) => signed.has(key)) };
}

/** `{origin, size, root}` of a checkpoint's body of exactly three lines. */
export function parseCheckpoint(body) {
  const lines = body.split('\n');
  if (lines.length !== 4 || lines[3] !== '' || lines[0] === '') refuse('a checkpoint that is not three lines');
  return { origin: lines[0], size: parseDecimal(lines[1]), root: unb64(lines[2], 32) };
}
