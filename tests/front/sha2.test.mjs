/** SHA-256 and SHA-512 against the platform's and against another implementation: FIPS 180-4. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import * as noble from '@noble/hashes/sha2.js';

import { hex } from '../../trace/suyuan/web/front/encoding.js';
import { sha256, sha512 } from '../../trace/suyuan/web/front/sha2.js';
import { bytes, random } from './helpers.mjs';

const other = (name, message) => createHash(name).update(message).digest('hex');

test('the examples of FIPS 180-4', () => {
  assert.equal(hex(sha256(bytes('abc'))), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.match(hex(sha512(bytes('abc'))), /^ddaf35a193617abacc417349ae204131/);
  assert.equal(hex(sha256(new Uint8Array(1000000).fill(0x61))), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
});

test('every length up to several blocks, and random ones', () => {
  const { below } = random(7);
  const lengths = [...Array(300).keys(), ...Array.from({ length: 60 }, () => below(5000))];
  for (const length of lengths) {
    const message = Uint8Array.from({ length }, () => below(256));
    assert.equal(hex(sha256(message)), other('sha256', message));
    assert.equal(hex(sha512(message)), other('sha512', message));
    assert.deepEqual(sha256(message), noble.sha256(message));
  }
});

test('a part of a larger buffer is hashed as that part', () => {
  const whole = bytes('..abc..');
  assert.equal(hex(sha256(whole.subarray(2, 5))), hex(sha256(bytes('abc'))));
});
