/**
 * Ed25519 as RFC 8032 §5.1.7 with S < L and the equation without cofactor, so that every verifier
 * agrees on every signature. WebCrypto does the work where it can, `@noble/ed25519` elsewhere:
 * plain http pages have no WebCrypto, and the browsers of WeChat and of older phones know no Ed25519.
 */

import { Point } from '@noble/ed25519';
import { sha512 } from './sha2.js';
import { concat, hex, sameBytes, unhex } from './encoding.js';
import { refuse } from './errors.js';

/** L, the order of the base point, little-endian as in a signature. */
const ORDER = unhex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

/** RFC 8032 §7.1, test 1: asks an implementation whether it can do this at all. */
const KNOWN = {
  x: unhex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'),
  sig: unhex(
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ),
};

/** Refuses a public key that is not the canonical encoding of a point, or is of small order. */
export function checkPublicKey(x) {
  let point = null;
  try {
    point = Point.fromBytes(x);
  } catch (error) {
    refuse('a public key that is not a point of the curve');
  }
  if (point.isSmallOrder()) refuse('a public key of small order');
  return point;
}

/** Whether the scalar half of a signature is below L (little-endian, so from the top). */
function scalarInRange(sig) {
  for (let i = 31; i >= 0; i -= 1) {
    if (sig[32 + i] !== ORDER[i]) return sig[32 + i] < ORDER[i];
  }
  return false;
}

function littleEndian(bytes) {
  return BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`);
}

/** [S]B − [k]A is R, byte for byte. */
function nobleVerify(x, message, sig) {
  const k = littleEndian(sha512(concat(sig.subarray(0, 32), x, message))) % Point.CURVE().n;
  const s = littleEndian(sig.subarray(32));
  const sum = Point.BASE.multiply(s, false).add(checkPublicKey(x).negate().multiply(k, false));
  return sameBytes(sum.toBytes(), sig.subarray(0, 32));
}

function webVerify(subtle) {
  const keys = new Map();
  return async (x, message, sig) => {
    const name = hex(x);
    if (!keys.has(name)) keys.set(name, subtle.importKey('raw', x, { name: 'Ed25519' }, false, ['verify']));
    return subtle.verify({ name: 'Ed25519' }, await keys.get(name), sig, message);
  };
}

/**
 * What verifies here: `{name, verify(x, message, sig) → Promise<boolean>}`. `x` must have passed
 * `checkPublicKey`. Whether `subtle` knows Ed25519 is found out by trying: no flag tells.
 */
export async function chooseVerifier(subtle = globalSubtle()) {
  const strict = (inner) => async (x, message, sig) =>
    sig.length === 64 && scalarInRange(sig) && inner(x, message, sig);
  try {
    const verify = strict(webVerify(subtle));
    const none = new Uint8Array(0);
    const good = await verify(KNOWN.x, none, KNOWN.sig);
    const bad = await verify(KNOWN.x, Uint8Array.of(0), KNOWN.sig);
    if (good === true && bad === false) return { name: 'webcrypto', verify };
  } catch (error) {
    // Not there, or not Ed25519: the other one answers.
  }
  return { name: 'noble', verify: strict(nobleVerify) };
}

function globalSubtle() {
  return typeof crypto === 'object' && crypto ? crypto.subtle : undefined;
}
