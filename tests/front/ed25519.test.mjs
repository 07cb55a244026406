/** Strict Ed25519, the same from the platform and from the fallback: RFC 8032, formats §3 and §4. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';

import { checkPublicKey, chooseVerifier } from '../../trace/suyuan/web/front/ed25519.js';
import { concat, hex, unhex } from '../../trace/suyuan/web/front/encoding.js';
import { bothVerifiers, bytes } from './helpers.mjs';

const verifiers = await bothVerifiers();
const N = Point.CURVE().n;
const number = (le) => BigInt(`0x${hex(Uint8Array.from(le).reverse())}`);
const scalar = (value) => unhex(value.toString(16).padStart(64, '0')).reverse();
const challenge = (r, x, message) => number(sha512(concat(r, x, message))) % N;

/** A signature by the secret scalar `a`, whatever point `x` stands for. */
function sign(a, x, message, nonce = 12345n) {
  const r = Point.BASE.multiply(nonce).toBytes();
  return concat(r, scalar((nonce + challenge(r, x, message) * a) % N));
}

async function all(x, message, sig) {
  const answers = await Promise.all(verifiers.map((verifier) => verifier.verify(x, message, sig)));
  assert.equal(new Set(answers).size, 1, `they disagree: ${answers}`);
  return answers[0];
}

test('one verifier is the platform’s, the other needs nothing of it', () => {
  assert.deepEqual(verifiers.map((verifier) => verifier.name), ['webcrypto', 'noble']);
});

test('a platform that lies about Ed25519, or lacks it, is passed over', async () => {
  const lying = { importKey: async () => ({}), verify: async () => true };
  const lacking = { importKey: async () => { throw new Error('Unrecognized name.'); } };
  for (const subtle of [lying, lacking, undefined, null, {}]) {
    assert.equal((await chooseVerifier(subtle ?? null)).name, 'noble');
  }
});

/** RFC 8032 §7.1, tests 1 to 3. */
const RFC = [
  ['d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '', 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'],
  ['3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '72', '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'],
  ['fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'af82', '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'],
].map((row) => row.map(unhex));

test('the signatures of RFC 8032 hold, and no bit of them may change', async () => {
  for (const [x, message, sig] of RFC) {
    assert.equal(await all(x, message, sig), true);
    for (let bit = 0; bit < 512; bit += 37) {
      const bent = Uint8Array.from(sig);
      bent[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(await all(x, message, bent), false);
    }
    assert.equal(await all(x, concat(message, Uint8Array.of(0)), sig), false);
    assert.equal(await all(x, message, sig.subarray(0, 63)), false);
    assert.equal(await all(x, message, concat(sig, Uint8Array.of(0))), false);
  }
});

test('S + L is another text of the same scalar, and is refused', async () => {
  const [x, message, sig] = RFC[1];
  const more = concat(sig.subarray(0, 32), scalar(number(sig.subarray(32)) + N));
  assert.equal(await all(x, message, more), false);
  assert.equal(await all(x, message, concat(sig.subarray(0, 32), scalar(N))), false);
});

test('a signature that holds only after multiplication by the cofactor is refused', async () => {
  const torsion = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
  assert.equal(torsion.isSmallOrder(), true);
  const a = 987654321n;
  const x = Point.BASE.multiply(a).add(torsion).toBytes();
  checkPublicKey(x);
  let refused = 0;
  for (let i = 0; i < 16; i += 1) {
    const message = bytes(`message ${i}`);
    const sig = sign(a, x, message);
    const k = challenge(sig.subarray(0, 32), x, message);
    assert.equal(await all(x, message, sig), k % 8n === 0n);
    refused += k % 8n === 0n ? 0 : 1;
  }
  assert.ok(refused > 8);
});

test('public keys that are no points, not canonical, or of small order', () => {
  const P = Point.CURVE().p;
  const encode = (y, sign = 0) => {
    const le = scalar(y);
    le[31] |= sign << 7;
    return le;
  };
  const bad = {
    'no point': encode(2n), 'y of p + 1': encode(P + 1n), 'y of p': encode(P), 'all ones': new Uint8Array(32).fill(255),
    neutral: encode(1n), 'neutral, signed': encode(1n, 1), 'order 2': encode(P - 1n), 'order 4': encode(0n), 'order 4, signed': encode(0n, 1),
    'order 8': unhex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
    'order 8, other': unhex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
    short: new Uint8Array(31),
  };
  for (const [what, x] of Object.entries(bad)) assert.throws(() => checkPublicKey(x), /public key/, what);
  for (const [x] of RFC) checkPublicKey(x);
});
