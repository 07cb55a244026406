/** What a laboratory's page does with keys: made, closed by a password, opened again, and signed with. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { b64url, unb64url, unhex } from '../../trace/suyuan/web/front/encoding.js';
import { recordMessage } from '../../trace/suyuan/web/front/entry.js';
import { digestOf } from '../../trace/suyuan/web/front/hash.js';
import { digestOfFile, kidOf, makeFile, openFile, otherReport, seedKey, signEvent } from '../../trace/suyuan/web/front/sign.js';
import { bothVerifiers } from './helpers.mjs';

/** RFC 8032 §7.1, test 1. */
const SEED = unhex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
const X = unhex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');

test('a key of RFC 8032 has the name of RFC 8037 appendix A.3', () => {
  assert.deepEqual(seedKey(SEED).x, X);
  assert.equal(kidOf(X), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
});

test('what is signed is taken by every verifier, and an altered content is not', async () => {
  const key = seedKey(SEED);
  const event = { type: 'ObjectEvent', 'suyuan:test': { item: '铅', value: '<0.01' } };
  const signed = await signEvent(key, event, 'node.example/log');
  assert.deepEqual(Object.keys(signed).sort(), ['content', 'disclosures', 'kid', 'sig']);
  assert.equal(unb64url(signed.content.salt, 16).length, 16);
  const other = { ...signed.content, event: { ...event, disposition: 'recalled' } };
  for (const { verify } of await bothVerifiers()) {
    const message = (content) => recordMessage('node.example/log', { kid: key.kid, content: digestOf(content) });
    assert.equal(await verify(X, message(signed.content), unb64url(signed.sig, 64)), true);
    assert.equal(await verify(X, message(other), unb64url(signed.sig, 64)), false);
  }
  const again = await signEvent(key, event, 'node.example/log');
  assert.notEqual(again.content.salt, signed.content.salt);
});

test('a file is opened by its password alone', async () => {
  const { key, file } = await makeFile('seven plum kettles');
  assert.equal((await openFile(file, 'seven plum kettles')).kid, key.kid);
  await assert.rejects(openFile(file, 'seven plum kettle'));
  await assert.rejects(openFile(file.replace('"rounds": 600000', '"rounds": 1'), 'seven plum kettles'));
  const told = JSON.parse(file);
  assert.deepEqual(Object.keys(told).sort(), ['iv', 'kid', 'rounds', 'salt', 'sealed', 'suyuan', 'x']);
  assert.ok(!file.includes(b64url(SEED)));
});

test('a file of suyuan keygen has no password', async () => {
  assert.equal((await openFile(`${b64url(SEED)}\n`, '')).kid, kidOf(X));
  await assert.rejects(openFile('{"suyuan": "key/v2"}', 'x'));
});

test('nothing is signed that names another report than the file that was picked', async () => {
  const picked = await digestOfFile(new Blob(['abc']));
  // FIPS 180-2 B.1.
  assert.equal(picked, 'sha-256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  const subtle = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(crypto), 'subtle');
  Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true });
  assert.equal(await digestOfFile(new Blob(['abc'])), picked, 'on a plain http page, too');
  Object.defineProperty(crypto, 'subtle', { ...subtle, configurable: true });
  const named = (...digests) => ({ 'suyuan:attachments': digests.map((digest) => ({ digest })) });
  const other = `sha-256:${'0'.repeat(64)}`;
  assert.equal(otherReport([named(picked), named(picked)], picked), null);
  assert.equal(otherReport([{}, {}], ''), null);
  assert.equal(otherReport([named(picked), named(other)], picked), 'otherReport');
  assert.equal(otherReport([named(picked), {}], picked), 'otherReport');
  assert.equal(otherReport([named(picked, other)], picked), 'otherReport');
  assert.equal(otherReport([named(picked)], ''), 'addedReport');
  assert.equal(otherReport([{}], picked), 'lostReport');
});
