/** What a bundle may leave out, and what it may not: formats §3, §4 and §7. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { b64, b64url, utf8 } from '../../trace/suyuan/web/front/encoding.js';
import { sha256 } from '../../trace/suyuan/web/front/hash.js';
import { canonicalText } from '../../trace/suyuan/web/front/jcs.js';
import { leafHash, nodeHash } from '../../trace/suyuan/web/front/merkle.js';
import { verifyBundle } from '../../trace/suyuan/web/front/verify.js';
import { Log, encode, note, signer } from './log.mjs';

const ID = 'https://id.gs1.org';
const LOT = `${ID}/01/09521234000044/10/LOT-1`;
const RAW = `${ID}/01/09521234000037/10/RAW-1`;
const PACK = `${ID}/01/09521234000044/21/PACK1`;
const BOX = `${ID}/00/095212340000000013`;
const out = (id) => [{ epcClass: id, quantity: 1, uom: 'KGM' }];

/** A raw lot made and turned into a lot, and a pack of it put into a box. */
function season() {
  const log = new Log();
  const at = {};
  at.harvest = log.event({ type: 'TransformationEvent', outputQuantityList: out(RAW) });
  at.roast = log.event({ type: 'TransformationEvent', inputQuantityList: out(RAW), outputQuantityList: out(LOT) });
  at.pack = log.event({ type: 'TransformationEvent', inputQuantityList: out(LOT), outputEPCList: [PACK] });
  at.box = log.event({ type: 'AggregationEvent', action: 'ADD', parentID: BOX, childEPCs: [PACK] });
  return { log, at };
}

const check = (log, bundle, more) => verifyBundle(encode(bundle), log.policy, more);

async function expect(log, bundle, complete, reason = null) {
  const report = await check(log, bundle);
  assert.equal(report.complete, complete, report.reason);
  assert.equal(report.verdict.startsWith('failed'), complete === 'no', report.verdict);
  if (reason) assert.match(report.reason, reason);
  return report;
}

test('a whole season is complete, for every subject in it', async () => {
  const { log } = season();
  for (const subject of [PACK, LOT, RAW]) await expect(log, log.bundle(subject), 'yes');
  await expect(log, log.bundle(BOX), 'unknown', /comes from/);
});

test('a record that says nothing of the subject but of where it came from may not be left out', async () => {
  const { log } = season();
  const recall = log.event({ bizStep: 'holding', disposition: 'recalled', quantityList: out(RAW) });
  const late = log.event({ bizStep: 'shipping', epcList: [BOX] });
  await expect(log, log.bundle(PACK), 'yes');
  for (const leaf of [recall, late]) await expect(log, log.bundle(PACK, { without: [leaf] }), 'no', /left out/);
});

test('every record that others rest on has to be there', async () => {
  const { log, at } = season();
  for (const leaf of Object.values(at)) {
    const report = await check(log, log.bundle(PACK, { without: [leaf] }));
    assert.equal(report.step, 'complete', leaf);
  }
});

test('a link that skips the newest record is found', async () => {
  const log = new Log();
  const first = log.event({ action: 'ADD', quantityList: out(LOT) });
  const spray = log.event({ bizStep: 'inspecting', quantityList: out(LOT) });
  const key = log.tips.get(log.coop.kid);
  log.event({ bizStep: 'storing', quantityList: out(LOT) }, log.coop, { after: [first, key].sort() });
  await expect(log, log.bundle(LOT, { also: [spray] }), 'no', /newest of what it rests on/);
  // Without the record this is the lie that only an audit finds: the log's word stands against it.
  await expect(log, log.bundle(LOT), 'yes');
});

test('the log’s word on the newest records must be whole, exact and its own', async () => {
  const { log, at } = season();
  const bent = (tips) => log.bundle(PACK, { bend: { tips } });
  const lines = (change) => bent((body) => {
    const all = body.split('\n');
    return [...all.slice(0, 3), ...change(all.slice(3, -1)), ''].join('\n');
  });
  await expect(log, lines((all) => all), 'yes');
  await expect(log, lines((all) => all.slice(1)), 'no', /is not told/);
  await expect(log, lines((all) => all.slice(0, -1)), 'no', /is not told/);
  await expect(log, lines((all) => [...all].reverse()), 'no', /not a word/);
  await expect(log, lines((all) => [...all, all.at(-1)]), 'no', /not a word/);
  await expect(log, lines((all) => [`- ${ID}/00/095212340000000020`, ...all]), 'no');
  await expect(log, lines((all) => all.map((line) => line.replace(at.box, at.pack))), 'no', /left out/);
  await expect(log, lines((all) => all.map((line) => line.replace(/^[0-9a-f]{64} (?=.*\/21\/)/, '- '))), 'no', /left out/);
  await expect(log, bent((body) => body.replace('\n6\n', '\n7\n')), 'no', /another size/);
  await expect(log, bent((body) => body.replace('\n6\n', '\n06\n')), 'no', /decimal/);
  await expect(log, bent((body) => body.replace('/log\n', '/other\n')), 'no', /another log/);
  await expect(log, bent((body) => body.replace('tips/v1', 'tips/v2')), 'no', /not a word/);
  const unsigned = log.bundle(PACK);
  await expect(log, { ...unsigned, tips: unsigned.tips.replace(/— .*\n$/, `— stranger.example/x ${b64(new Uint8Array(68))}\n`) }, 'no', /no log key/);
  await expect(log, { ...unsigned, tips: log.bundle(LOT).tips }, 'no');
});

test('a subject that nothing is about, or a pack out of no lot', async () => {
  const { log } = season();
  await expect(log, { ...log.bundle(PACK), subject: LOT }, 'no');
  await expect(log, log.bundle(`${LOT}2`), 'no', /no record is about/);
  const stray = `${ID}/01/09521234000044/21/STRAY`;
  log.event({ action: 'ADD', epcList: [stray] });
  await expect(log, log.bundle(stray), 'no', /does not come from a lot/);
  const named = `https://t.cn/01/09521234000044/10/LOT-1/21/NAMED`;
  log.event({ action: 'ADD', epcList: [named] });
  await expect(log, log.bundle(`${ID}/01/09521234000044/21/NAMED`), 'yes');
});

test('what was received begins with its holding; what was only seen begins nowhere', async () => {
  const log = new Log();
  log.event({ bizStep: 'receiving', quantityList: out(RAW) });
  log.event({ type: 'TransformationEvent', inputQuantityList: out(RAW), outputQuantityList: out(LOT) });
  await expect(log, log.bundle(LOT), 'yes');
  const seen = new Log();
  seen.event({ bizStep: 'inspecting', quantityList: out(RAW) });
  seen.event({ type: 'TransformationEvent', inputQuantityList: out(RAW), outputQuantityList: out(LOT) });
  await expect(seen, seen.bundle(LOT), 'unknown', /RAW-1 comes from/);
  const told = new Log();
  const master = told.master(RAW);
  told.event({ type: 'TransformationEvent', inputQuantityList: out(RAW), outputQuantityList: out(LOT) });
  await expect(told, told.bundle(LOT, { also: [master] }), 'unknown', /RAW-1 comes from/);
  const bought = new Log();
  bought.event({ type: 'TransformationEvent', inputQuantityList: out(RAW), outputQuantityList: out(LOT) });
  await expect(bought, bought.bundle(LOT), 'unknown', /RAW-1 comes from/);
});

test('unpacked from its box, a pack no longer drags the box along', async () => {
  const { log } = season();
  log.event({ type: 'AggregationEvent', action: 'DELETE', parentID: BOX, childEPCs: [PACK] });
  const later = log.event({ bizStep: 'storing', epcList: [BOX] });
  const apart = log.bundle(PACK);
  await expect(log, apart, 'yes');
  assert.ok(!apart.tips.includes(BOX));
  assert.ok(!JSON.stringify(apart).includes(later));
  log.event({ type: 'AggregationEvent', action: 'ADD', parentID: BOX, childEPCs: [PACK] });
  assert.ok(log.bundle(PACK).tips.includes(BOX));
  await expect(log, log.bundle(PACK), 'yes');
});

test('a hidden record may have unpacked it: then the box need not be there', async () => {
  const { log } = season();
  const apart = log.event({ type: 'AggregationEvent', action: 'DELETE', parentID: BOX, childEPCs: [PACK] });
  const bundle = log.bundle(PACK, { hide: [apart] });
  assert.ok(!bundle.tips.includes(BOX));
  await expect(log, bundle, 'unknown');
  const before = season();
  const seen = before.log.event({ bizStep: 'storing', quantityList: out(LOT) });
  const without = (body) => body.split('\n').filter((line) => !line.endsWith(BOX)).join('\n');
  await expect(before.log, before.log.bundle(PACK, { hide: [seen], bend: { tips: without } }), 'no', /is not told/);
});

test('a box emptied of all children at once', async () => {
  const { log } = season();
  log.event({ type: 'AggregationEvent', action: 'DELETE', parentID: BOX });
  log.event({ bizStep: 'storing', epcList: [BOX, PACK] });
  const bundle = log.bundle(PACK);
  assert.ok(!bundle.tips.includes(BOX));
  await expect(log, bundle, 'yes');
});

test('times may stand still, not fall, and not pass the block’s second', async () => {
  const at = (...times) => {
    const log = new Log();
    times.forEach((time, i) => log.event({ action: i ? 'OBSERVE' : 'ADD', bizStep: 'storing', quantityList: out(LOT) }, log.coop, { time }));
    return log;
  };
  const noon = Date.UTC(2026, 8, 11, 12);
  const still = at(noon, noon);
  await expect(still, still.bundle(LOT), 'yes');
  const falling = at(noon, noon - 1);
  await expect(falling, falling.bundle(LOT), 'no', /dated before/);
});

test('hidden makes it unknown, erased is not counted as hidden, and neither hides what is newest', async () => {
  const { log, at } = season();
  const hidden = await expect(log, log.bundle(PACK, { hide: [at.harvest] }), 'unknown', /not shown/);
  assert.deepEqual([hidden.hidden, hidden.erased], [1, 0]);
  log.erase(at.roast);
  const erased = await expect(log, log.bundle(PACK, { hide: [at.roast] }), 'unknown', /not shown/);
  assert.deepEqual([erased.hidden, erased.erased], [0, 1]);
  await expect(log, log.bundle(PACK), 'yes');
  const both = await expect(log, log.bundle(PACK, { hide: [at.roast, at.box] }), 'unknown');
  assert.deepEqual([both.hidden, both.erased], [1, 1]);

  log.erase(at.harvest, log.coop);
  const bySomebody = await expect(log, log.bundle(PACK, { hide: [at.harvest] }), 'unknown');
  assert.deepEqual([bySomebody.hidden, bySomebody.erased], [1, 0]);

  const stray = new Log();
  stray.event({ action: 'ADD', quantityList: out(LOT) });
  const gone = stray.event({ type: 'ObjectEvent' });
  const erasure = stray.erase(gone);
  await expect(stray, stray.bundle(LOT, { also: [erasure, gone] }), 'yes');
  await expect(stray, stray.bundle(LOT, { also: [erasure] }), 'no', /erases one that is left out/);

  const recall = log.event({ disposition: 'recalled', quantityList: out(RAW) });
  await expect(log, log.bundle(PACK, { hide: [at.harvest], without: [recall] }), 'no', /left out/);
  const old = (body) => body.replace(recall, at.harvest);
  await expect(log, log.bundle(PACK, { hide: [at.harvest], bend: { tips: old } }), 'no', /left out/);
  const keys = (body) => body.replace(log.tips.get(log.coop.kid), log.tips.get(log.admin.kid));
  await expect(log, log.bundle(PACK, { hide: [at.harvest], bend: { tips: keys } }), 'no', /left out/);
  const more = (body) => body.replace(/\n([0-9a-f]{64}|-) https:/, `\n- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n$1 https:`);
  await expect(log, log.bundle(PACK, { hide: [at.harvest], bend: { tips: more } }), 'no');
  const less = (body) => body.split('\n').filter((line) => !line.endsWith(BOX)).join('\n');
  await expect(log, log.bundle(PACK, { hide: [at.harvest], bend: { tips: less } }), 'no', /is not told/);
});

test('a subject known from hidden records alone is unknown, by the log’s word', async () => {
  const log = new Log();
  const only = log.event({ action: 'ADD', quantityList: out(LOT) });
  await expect(log, log.bundle(LOT, { hide: [only] }), 'unknown');
  const silent = (body) => body.replace(only, '-');
  await expect(log, log.bundle(LOT, { hide: [only], bend: { tips: silent } }), 'no', /no record is about/);
});

test('a serial is one of those issued on the lot, or it fails', async () => {
  const log = new Log();
  const salts = [0, 1, 2].map((i) => b64url(sha256(utf8(`s${i}`)).subarray(0, 16)));
  const leaves = salts.map((salt, i) => leafHash(utf8(canonicalText([salt, `PACK${i}`]))));
  const root = nodeHash(nodeHash(leaves[0], leaves[1]), leaves[2]);
  log.event({ type: 'TransformationEvent', outputQuantityList: out(LOT) });
  const issuedBy = log.event({ bizStep: 'packing', quantityList: out(LOT), 'suyuan:serials': { count: 3, root: b64(root) } });
  const elsewhere = log.event({ quantityList: out(RAW), 'suyuan:serials': { count: 3, root: b64(root) } });
  const serial = { serial: 'PACK1', salt: salts[1], index: 1, path: [b64(leaves[0]), b64(leaves[2])], issuedBy: `sha-256:${issuedBy}` };
  const of = (more) => log.bundle(LOT, { serial: { ...serial, ...more } });
  await expect(log, of({}), 'yes');
  assert.ok(of({}).tips.includes(`- ${ID}/01/09521234000044/21/PACK1\n`));
  await expect(log, of({ serial: 'PACK2' }), 'no', /inclusion proof/);
  await expect(log, of({ index: 0 }), 'no', /inclusion proof/);
  await expect(log, of({ index: 3 }), 'no', /beyond the tree/);
  await expect(log, of({ path: [b64(leaves[0])] }), 'no', /too short/);
  await expect(log, of({ issuedBy: `sha-256:${elsewhere}` }), 'no', /issues this serial/);
  await expect(log, of({ issuedBy: `sha-256:${log.records[0].leaf}` }), 'no', /issues this serial/);
  await expect(log, { ...of({}), serial: null }, 'no');
  await expect(log, log.bundle(RAW, { serial }), 'no', /issues this serial/);
  await expect(log, log.bundle(`${ID}/00/095212340000000013`, { serial }), 'no', /no lot/);
});

test('whose word counts: enrolment, revocation, and who may do it', async () => {
  const { log } = season();
  const lab = signer(3, 'https://o.example/lab', 'certifier');
  const second = signer(4, 'https://o.example/county2', 'admin');
  log.key(log.admin, second);
  log.key(second, lab);
  log.event({ bizStep: 'inspecting', quantityList: out(LOT) }, lab);
  await expect(log, log.bundle(LOT), 'yes');

  log.key(log.coop, lab, { status: 'revoked' });
  log.key(second, lab, { owner: 'https://o.example/other', status: 'revoked' });
  log.key(second, lab, { role: 'admin' });
  log.event({ bizStep: 'inspecting', quantityList: out(LOT) }, lab);
  await expect(log, log.bundle(LOT), 'yes');

  log.key(lab, lab, { status: 'revoked', suspectSince: 9 });
  const marked = await expect(log, log.bundle(LOT), 'yes');
  assert.deepEqual(marked.records.filter((record) => record.suspect).map((record) => record.index), [12, 13]);
  log.key(second, lab, { status: 'revoked', suspectSince: 7 });
  const more = await expect(log, log.bundle(LOT), 'yes');
  assert.deepEqual(more.records.filter((record) => record.suspect).map((record) => record.index), [8, 12, 13]);
  log.key(second, lab);
  log.event({ bizStep: 'inspecting', quantityList: out(LOT) }, lab);
  const late = await check(log, log.bundle(LOT));
  assert.deepEqual([late.step, late.reason], ['key', 'signed with a key revoked before']);
});

test('a revoked admin enrols nobody, a recorder neither', async () => {
  for (const role of ['admin', 'recorder']) {
    const { log } = season();
    const second = signer(4, 'https://o.example/county2', role);
    const third = signer(5, 'https://o.example/x');
    log.key(log.admin, second);
    if (role === 'admin') log.key(log.admin, second, { status: 'revoked' });
    log.key(second, third);
    await expect(log, log.bundle(LOT), 'yes');
    log.event({ bizStep: 'inspecting', quantityList: out(LOT) }, third);
    assert.equal((await check(log, log.bundle(LOT))).step, 'key');
  }
});

test('a record must rest on the newest record of the key that signed it', async () => {
  const { log, at } = season();
  const stale = log.tips.get(log.coop.kid);
  log.key(log.coop, log.coop);
  log.event({ quantityList: out(LOT) }, log.coop, { after: [stale, at.roast].sort() });
  const report = await check(log, log.bundle(LOT));
  assert.deepEqual([report.step, report.index], ['key', 7]);
});

test('entry 0 is the key of the policy, and is there', async () => {
  const { log } = season();
  const bundle = log.bundle(PACK);
  assert.equal((await check(log, { ...bundle, keys: bundle.keys.slice(1) })).step, 'key');
  assert.equal((await check(log, { ...bundle, keys: [] })).step, 'key');
  const other = { ...log.policy, adminKid: log.coop.kid };
  assert.equal((await verifyBundle(encode(bundle), other)).step, 'key');
});

test('checkpoints: three lines, a listed key, at most 16 signatures, none of them false', async () => {
  const { log } = season();
  const bundle = log.bundle(PACK);
  const body = bundle.checkpoint.split('\n\n')[0];
  const step = async (checkpoint) => (await check(log, { ...bundle, checkpoint })).step;
  const stranger = (i) => `— stranger${i}.example/w ${b64(new Uint8Array(80).fill(i))}\n`;
  const many = (n) => Array.from({ length: n }, (_, i) => stranger(i)).join('');
  assert.equal(await step(note(`${body}\n`, many(15))), null);
  assert.equal(await step(note(`${body}\n`, many(16))), 'checkpoint');
  assert.equal(await step(note(`${body}\nextension\n`)), 'checkpoint');
  assert.equal(await step(note(body.replace('/log', '/gol') + '\n')), 'checkpoint');
  assert.equal(await step(`${body}\n\n${stranger(1)}`), 'checkpoint');
  assert.equal(await step(bundle.checkpoint.trimEnd()), 'checkpoint');
  assert.equal(await step(bundle.checkpoint.replace('— ', '- ')), 'checkpoint');
  assert.equal(await step(''), 'checkpoint');
  const sig = bundle.checkpoint.split('\n').at(-2);
  const twice = `${sig}\n`;
  assert.equal(await step(bundle.checkpoint + twice), null);
  const [head, text] = [sig.slice(0, sig.lastIndexOf(' ') + 1), sig.slice(sig.lastIndexOf(' ') + 1)];
  const raw = Buffer.from(text, 'base64');
  raw[20] ^= 1;
  assert.equal(await step(bundle.checkpoint + `${head}${raw.toString('base64')}\n`), 'checkpoint');
});
