/** Closed shapes, private fields and entries, each bent in one place: formats §0, §2, §3. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { parseContent } from '../../trace/suyuan/web/front/content.js';
import { b64url, utf8 } from '../../trace/suyuan/web/front/encoding.js';
import { parseEntry, parseLink } from '../../trace/suyuan/web/front/entry.js';
import { Refused } from '../../trace/suyuan/web/front/errors.js';
import { sha256 } from '../../trace/suyuan/web/front/hash.js';
import { canonicalText } from '../../trace/suyuan/web/front/jcs.js';
import { parsePolicy } from '../../trace/suyuan/web/front/policy.js';
import { reveal } from '../../trace/suyuan/web/front/private_fields.js';
import { parseJson } from '../../trace/suyuan/web/front/strict_json.js';
import { proofHashes, proofIndex } from '../../trace/suyuan/web/front/tlog_proof.js';
import { verifyBundle } from '../../trace/suyuan/web/front/verify.js';
import { Log, encode, signer } from './log.mjs';

const SALT = 'AAAAAAAAAAAAAAAAAAAAAA';
const LOT = 'https://id.gs1.org/01/09521234000044/10/LOT-1';
const strict = (value) => parseJson(JSON.stringify(value));
const event = (members) => strict({ kind: 'event', event: { type: 'ObjectEvent', ...members }, salt: SALT });
const key = (members, jwk = signer(2, '').jwk) =>
  strict({ kind: 'key', key: { jwk, owner: 'o:1', role: 'recorder', status: 'active', ...members }, salt: SALT });

const BAD_CONTENTS = {
  'no object': [], 'null': null, 'no kind': { salt: SALT }, 'an unknown kind': { kind: 'x', x: {}, salt: SALT },
  'a kind of the prototype': { kind: 'constructor', constructor: {}, salt: SALT },
  'two kinds': { kind: 'event', event: { type: 'x' }, master: {}, salt: SALT }, 'no salt': { kind: 'event', event: { type: 'x' } },
  'a short salt': { kind: 'event', event: { type: 'x' }, salt: 'AAAA' },
  'a salt with loose bits': { kind: 'event', event: { type: 'x' }, salt: 'AAAAAAAAAAAAAAAAAAAAAB' },
  'an event that is a list': { kind: 'event', event: [], salt: SALT },
  'an event without type': { kind: 'event', event: {}, salt: SALT },
  'a master without id': { kind: 'master', master: { type: 'Product' }, salt: SALT },
  'a master whose id is no URI': { kind: 'master', master: { id: '山核桃', type: 'Product' }, salt: SALT },
  'a master without type': { kind: 'master', master: { id: 'urn:a:b' }, salt: SALT },
  'an erasure of nothing': { kind: 'erasure', erasure: { reason: 'x' }, salt: SALT },
  'an erasure with more': { kind: 'erasure', erasure: { of: `sha-256:${'0'.repeat(64)}`, reason: 'x', by: 'y' }, salt: SALT },
};
for (const [what, json] of Object.entries(BAD_CONTENTS)) {
  test(`refuses a content that is, or has, ${what}`, () => assert.throws(() => parseContent(strict(json)), Refused));
}

test('refuses misshapen members that decide what an event touches', () => {
  parseContent(event({ readPoint: { 'x:place': 'private id' } }));
  parseContent(event({ epcList: ['urn:a:b'], quantityList: [{ epcClass: LOT }], readPoint: { id: 'urn:a' }, parentID: 'urn:p' }));
  const bad = [
    { epcList: 'urn:a' }, { epcList: null }, { epcList: [5] }, { epcList: ['with space'] }, { epcList: ['山'] }, { childEPCs: {} },
    { quantityList: [{ quantity: 5 }] }, { quantityList: [LOT] }, { quantityList: {} }, { outputQuantityList: [{ epcClass: 'x' }] },
    { parentID: null }, { parentID: [] }, { transformationID: '' }, { readPoint: 'urn:a' }, { readPoint: { id: 5 } }, { bizLocation: [] },
    { bizStep: 5 }, { disposition: [] }, { action: null }, { type: 5 }, { 'suyuan:sd': ['x'] }, { 'suyuan:sd': {} },
    { 'suyuan:serials': { count: 1 } }, { 'suyuan:serials': { count: -1, root: '' } }, { 'suyuan:serials': { count: 1, root: 'AA==' } },
    { 'suyuan:serials': { count: 0, root: 'A'.repeat(43) + '=' } }, { 'suyuan:attachments': {} }, { 'suyuan:attachments': [{ name: 'x' }] },
    { 'suyuan:attachments': [{ digest: 'x', mediaType: 'image/png', size: 1, name: 'x' }] },
    { 'suyuan:serials': { count: 1.5, root: 'A'.repeat(43) + '=' } },
  ];
  for (const members of bad) assert.throws(() => parseContent(event(members)), JSON.stringify(members));
});

test('refuses contents nested deeper than 32, counted from their own outside', () => {
  const nest = (depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  parseContent(event({ 'x:y': nest(30) }));
  const deep = parseJson(JSON.stringify({ kind: 'event', event: { type: 'x', y: nest(31) }, salt: SALT }), 40);
  assert.throws(() => parseContent(deep), /nested deeper/);
});

test('refuses key records that are not closed, or whose key is none', () => {
  parseContent(key({}));
  parseContent(key({ status: 'revoked', suspectSince: 3 }));
  const bad = [
    { status: 'gone' }, { role: 'owner' }, { owner: 'no uri' }, { suspectSince: 3 }, { status: 'revoked', suspectSince: -1 }, { more: 1 },
    { status: 'revoked', suspectSince: null },
  ];
  for (const members of bad) assert.throws(() => parseContent(key(members)), JSON.stringify(members));
  const { x } = signer(2, '').jwk;
  for (const jwk of [
    { crv: 'Ed25519', kty: 'OKP' }, { crv: 'Ed448', kty: 'OKP', x }, { crv: 'Ed25519', kty: 'EC', x }, { crv: 'Ed25519', kty: 'OKP', x, d: x },
    { crv: 'Ed25519', kty: 'OKP', x: b64url(Uint8Array.of(1, ...new Uint8Array(31))) }, { crv: 'Ed25519', kty: 'OKP', x: `${x}=` },
  ]) assert.throws(() => parseContent(key({}, jwk)), JSON.stringify(jwk));
});

const disclose = (parts) => b64url(utf8(typeof parts === 'string' ? parts : JSON.stringify(parts)));
const digest = (disclosure) => b64url(sha256(utf8(disclosure)));
const withDigests = (members, ...disclosures) => strict({ ...members, 'suyuan:sd': disclosures.map(digest).sort() });

test('private fields come back where they were, in the order given', () => {
  const outer = disclose([SALT, '', 'x:buyer', { name: '张某' }]);
  const inner = disclose([SALT, '/x:buyer', 'phone', '138']);
  const escaped = disclose([SALT, '/a~1b/c~0d', 'e', [1]]);
  const signed = withDigests({ 'a/b': { 'c~d': {} } }, outer, inner, escaped);
  const before = canonicalText(signed);
  const shown = reveal(signed, [outer, inner, escaped]);
  assert.equal(canonicalText(shown['x:buyer']), '{"name":"张某","phone":"138"}');
  assert.equal(canonicalText(shown['a/b']), '{"c~d":{"e":[1]}}');
  assert.equal(canonicalText(signed), before, 'what was signed stays as it was');
  assert.throws(() => reveal(signed, [inner, outer]), /missing or lies in a list/);
  const part = reveal(signed, [outer]);
  assert.equal(canonicalText(part['x:buyer']), '{"name":"张某"}');
  assert.deepEqual(part['suyuan:sd'], [inner, escaped].map(digest).sort(), 'what is still hidden stays listed');
});

test('private fields that are refused', () => {
  const cases = {
    'not listed': [[SALT, '', 'y', 1], /not list/, {}],
    'a parent that is missing': [[SALT, '/z', 'y', 1], /missing/],
    'a parent within a list': [[SALT, '/list/0', 'y', 1], /list/],
    'a parent that is a list': [[SALT, '/list', '0', 1], /list/],
    'a parent that is a text': [[SALT, '/text', 'y', 1], /list/],
    'a parent of the prototype': [[SALT, '/constructor', 'y', 1], /missing/],
    'a name already there': [[SALT, '', 'text', 1], /already/],
    'digests within': [[SALT, '', 'y', { a: [{ 'suyuan:sd': [] }] }], /suyuan:sd/],
    'digests as the name': [[SALT, '/object', 'suyuan:sd', []], /suyuan:sd/],
    'a pointer that is none': [[SALT, 'object', 'y', 1], /pointer/],
    'a pointer with a loose tilde': [[SALT, '/object~', 'y', 1], /pointer/],
    'three parts': [[SALT, '', 'y'], /salt, pointer/],
    'five parts': [[SALT, '', 'y', 1, 2], /salt, pointer/],
    'a short salt': [['AAAA', '', 'y', 1], /16/],
    'a name that is no text': [[SALT, '', 5, 1], /name/],
    'an object instead of parts': [{ 0: SALT }, /disclosure/],
    'a name twice within': [`["${SALT}","","y",{"a":1,"a":2}]`, /twice/],
  };
  const members = { list: [{}], text: 'x', object: {} };
  for (const [what, [parts, reason, signed]] of Object.entries(cases)) {
    const disclosure = disclose(parts);
    assert.throws(() => reveal(signed ?? withDigests(members, disclosure), [disclosure]), reason, what);
  }
  for (const name of ['type', '@context', 'epcList', 'childQuantityList', 'readPoint', 'suyuan:serials', 'errorDeclaration', 'disposition']) {
    const disclosure = disclose([SALT, '', name, 1]);
    assert.throws(() => reveal(withDigests({}, disclosure), [disclosure]), /never private/, name);
  }
  const twice = disclose([SALT, '', 'y', 1]);
  assert.throws(() => reveal(withDigests({}, twice), [twice, twice]), /twice/);
  assert.throws(() => reveal(withDigests({}, twice), [`${twice}=`]), /list/);
  assert.throws(() => reveal(strict({ 'suyuan:sd': [digest(twice), digest(twice)] }), []), /sorted/);
  const deep = disclose([SALT, '/object', 'type', 1]);
  assert.equal(reveal(withDigests({ object: {} }, deep), [deep]).object.type, 1);
});

test('entries and links have one text', () => {
  const good = new Log().records[1];
  parseEntry(good.entry);
  parseLink(strict(good.link));
  const entry = JSON.parse(good.entry);
  const bend = (members) => canonicalText(strict({ ...entry, ...members }));
  const bad = [
    bend({ v: 2 }), bend({ more: 1 }), bend({ kid: 'AAAA' }), bend({ sig: 'AAAA' }), bend({ content: 'sha-256:00' }), bend({ after: null }),
    bend({ recordTime: '2026-09-10T08:01:00Z' }), bend({ recordTime: '2026-02-30T08:01:00.000Z' }), bend({ recordTime: '2026-09-10T08:01:00.000+00:00' }),
    bend({ recordTime: '2026-09-10T24:00:00.000Z' }), bend({ recordTime: '0000-09-10T08:00:00.000Z' }), bend({ recordTime: '2026-09-10T08:01:60.000Z' }), ` ${good.entry}`, `${good.entry}\n`,
    good.entry.replace('"v":1', '"v":1.0'), good.entry.replace(',"v":1', ''), JSON.stringify({ v: 1, ...entry }),
  ];
  for (const text of bad) assert.throws(() => parseEntry(text), text);
  const [first] = good.link.after;
  for (const after of [[first, first], ['sha-256:00'], null, [first, `sha-256:${'0'.repeat(64)}`]]) {
    assert.throws(() => parseLink(strict({ ...good.link, after })));
  }
});

test('proof texts have one form', () => {
  const hash = `${'A'.repeat(43)}=`;
  const head = 'c2sp.org/tlog-proof@v1\nindex 3\n';
  assert.equal(proofIndex(`${head}${hash}\n\n`), 3);
  assert.equal(proofHashes(`${head}${hash}\n\n`).length, 1);
  assert.equal(proofHashes(`${head}\n`).length, 0);
  for (const bad of ['', head.replace('v1', 'v2'), head.replace('3', '03'), head.replace('3', '-1'), 'c2sp.org/tlog-proof@v1\n\n', `x${head}`, head.trimEnd()]) {
    assert.throws(() => proofIndex(bad), bad);
  }
  for (const rest of ['', `${hash}\n`, `${hash}\n\nx`, 'AAAA\n\n', `${hash} \n\n`, `extra QQ==\n\n`, `\n${hash}\n\n`, `${`${hash}\n`.repeat(64)}\n`]) {
    assert.throws(() => proofHashes(head + rest), rest);
  }
});

test('a policy is closed, and its fingerprint is of its canonical form', () => {
  const { policyJson, policy } = new Log();
  const reordered = Object.fromEntries(Object.entries(policyJson).reverse());
  assert.equal(parsePolicy(encode(reordered)).fingerprint, policy.fingerprint);
  assert.match(policy.fingerprint, /^[0-9a-f]{4}( [0-9a-f]{4}){3}$/);
  assert.notEqual(parsePolicy(encode({ ...policyJson, chainId: 1 })).fingerprint, policy.fingerprint);
  const [vkey] = policyJson.logKeys;
  const bad = [
    { v: 2 }, { more: 1 }, { origin: '' }, { origin: 'a\nb' }, { logKeys: [] }, { logKeys: [vkey.slice(0, -4)] }, { logKeys: [vkey.replace(/\+\w/, '+0')] },
    { logKeys: [vkey.replace('test', 'tset')] }, { logKeys: vkey }, { adminKid: 'x' }, { chainId: '1' }, { chainId: -1 }, { chainId: 0 }, { logKeys: [vkey, vkey] }, { contract: `0x${'AA'.repeat(20)}` }, { origin: 'a b' }, { origin: '山' }, { genesis: '0x55' },
    { contract: '0xzz' }, { logId: null },
  ];
  for (const members of bad) assert.throws(() => parsePolicy(encode({ ...policyJson, ...members })), JSON.stringify(members));
});

test('what is wrong with a file is said at content, with the record where there is one', async () => {
  const log = new Log();
  log.event({ action: 'ADD', quantityList: [{ epcClass: LOT }] });
  const bundle = log.bundle(LOT);
  const check = (json) => verifyBundle(encode(json), log.policy);
  const [record] = bundle.records;
  const swap = (members) => ({ ...bundle, records: [{ ...record, ...members }] });
  const cases = [
    [], null, {}, { ...bundle, more: 1 }, { ...bundle, suyuan: 'bundle/v2' }, { ...bundle, subject: 5 }, { ...bundle, keys: null },
    { ...bundle, records: {} }, { ...bundle, tips: null }, { ...bundle, checkpoint: 5 }, { ...bundle, anchor: {} }, { ...bundle, serial: {} },
    { ...bundle, serial: undefined }, { ...bundle, keys: [...bundle.keys].reverse() }, { ...bundle, records: [record, record] },
    { ...bundle, keys: [...bundle.keys, { ...record }], records: [] }, { ...bundle, records: [bundle.keys[1]], keys: [bundle.keys[0]] },
    { ...bundle, keys: [bundle.keys[0], { ...bundle.keys[1], content: null }] }, { ...bundle, anchor: { ...bundle.anchor, blockTime: 'x' } },
    { ...bundle, anchor: { ...bundle.anchor, more: 1 } },
    swap({ more: 1 }), swap({ disclosures: null }), swap({ disclosures: [5] }), swap({ content: null, disclosures: ['x'] }), swap({ content: {} }),
    swap({ link: { ...record.link, salt: SALT } }), swap({ entry: `${record.entry} ` }), swap({ proof: 'x' }), swap({ disclosures: ['e30'] }),
  ];
  assert.equal((await check(bundle)).step, null);
  for (const json of cases) {
    const report = await check(json);
    assert.equal(report.step, 'content', JSON.stringify(json).slice(0, 200));
    assert.equal(report.complete, 'unknown');
  }
  const cut = await check(swap({ proof: record.proof.slice(0, -1) }));
  assert.deepEqual([cut.step, cut.index], ['inclusion', 2]);
  assert.equal((await check(swap({ proof: record.proof.replace('index 2', 'index 1') }))).step, 'key');
  assert.equal((await check({ ...bundle, anchor: { ...bundle.anchor, blockTime: '2026-13-45T99:99:99.999Z' } })).step, null);
  assert.equal((await check(swap({ content: {} }))).index, 2);
  assert.equal((await check(swap({ entry: '{}' }))).index, 2);
});
