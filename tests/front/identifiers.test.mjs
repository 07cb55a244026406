/** Canonical Digital Links, object ids and what records touch: epcis-hash H, formats §3. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';

import { parseContent } from '../../trace/suyuan/web/front/content.js';
import { asUri, canonical, checkDigit, isLot, lotOfEpc, objectId, packOf, productMaster } from '../../trace/suyuan/web/front/identifiers.js';
import { touches } from '../../trace/suyuan/web/front/touches.js';
import { readJson, sharedTest } from './helpers.mjs';

const SALT = 'AAAAAAAAAAAAAAAAAAAAAA';
const ID = 'https://id.gs1.org';

sharedTest('70 canonical forms of others', 'epc-dl-canonical', (path) => {
  // They escape ! ( ) *, which formats §3 keeps literal.
  const literal = (text) => text.replace(/%(21|28|29|2A)/g, decodeURIComponent);
  for (const { in: text, canonical: expected } of readJson(path, 'ralphtro_normaliser.json')) {
    assert.equal(canonical(text), expected === null ? text : literal(expected), text);
  }
});

const OBJECTS = {
  'urn:epc:id:sgtin:0614141.107346.2017': `${ID}/01/10614141073464/21/2017`,
  'urn:epc:id:sgtin:0614141.107346.*': `${ID}/01/10614141073464/21/*`,
  'urn:epc:class:lgtin:4012345.012345.99.8877': `${ID}/01/04012345123456/10/99.8877`,
  'urn:epc:id:itip:4012345.012345.01.02.987': `${ID}/8006/040123451234560102/21/987`,
  'urn:epc:id:giai:4000001.12345': `${ID}/8004/400000112345`,
  'urn:epc:id:giai:4000001.12.345': `${ID}/8004/400000112.345`,
  'urn:epc:id:sgcn:4012345.67890.04711': `${ID}/255/401234567890104711`,
  'urn:epc:id:ginc:0614141.xyz3311cba': `${ID}/401/0614141xyz3311cba`,
  'urn:epc:id:sgln:0614141.00777.0': `${ID}/414/0614141007776`,
  'urn:epc:idpat:sgtin:0614141.107346.*': null,
  'urn:epc:idpat:anything:else': null,
  'urn:epc:class:lgtin:4012345.0123456.x': 'urn:epc:class:lgtin:4012345.0123456.x',
  'urn:epc:id:constructor:4012345.012345.x': 'urn:epc:id:constructor:4012345.012345.x',
  'urn:epc:id:adi:2S194.12345ABC.1': 'urn:epc:id:adi:2S194.12345ABC.1',
  'urn:epc:id:giai:4000001.': 'urn:epc:id:giai:4000001.',
  'urn:epc:id:sgtin:0614141.107346.a&b': 'urn:epc:id:sgtin:0614141.107346.a&b',
  'urn:epc:id:sgtin:0614141.107346.a%26b': `${ID}/01/10614141073464/21/a%26b`,
  'urn:epc:id:sgtin:0614141.107346.a%20b': 'urn:epc:id:sgtin:0614141.107346.a%20b',
  'urn:epc:id:sgtin:0614141.107346.': 'urn:epc:id:sgtin:0614141.107346.',
  'urn:epc:id:sgtin:0614141.107346.123456789012345678901': 'urn:epc:id:sgtin:0614141.107346.123456789012345678901',
  'HTTPS://T.CN/01/09521234000044/10/SX-1/21/AB': `${ID}/01/09521234000044/21/AB`,
  'https://t.cn/x/y/z/gtin/9521234000044/lot/SX-1?a=b#c': `${ID}/01/09521234000044/10/SX-1`,
  'https://t.cn/01/09521234000044': null,
  'https://t.cn/01/09521234000044/22/V': null,
  'https://t.cn/8006/040123451234560102': null,
  'https://t.cn/8006/040123451234560102/10/L': null,
  'https://t.cn/01/09521234000044/21/%61%2f%21%2A': `${ID}/01/09521234000044/21/a%2F!*`,
  'https://t.cn/01/09521234000044/21/AB/10/SX-1': 'https://t.cn/01/09521234000044/21/AB/10/SX-1',
  'https://t.cn/01/09521234000044/10/L/10/M': 'https://t.cn/01/09521234000044/10/L/10/M',
  'https://t.cn/01/09521234000044/10/L/': 'https://t.cn/01/09521234000044/10/L/',
  'https://t.cn/01/09521234000044/10/123456789012345678901': 'https://t.cn/01/09521234000044/10/123456789012345678901',
  'https://t.cn/01/0952123400004/10/L': `${ID}/01/00952123400004/10/L`,
  'https://t.cn/01/%309521234000044/10/L': 'https://t.cn/01/%309521234000044/10/L',
  'https://t.cn/01/095212340/10/L': 'https://t.cn/01/095212340/10/L',
  'https://t.cn/01/09521234000044/99/L': 'https://t.cn/01/09521234000044/99/L',
  'https://t.cn/constructor/x': 'https://t.cn/constructor/x',
  'https://trace.example.cn/org/coop-1': 'https://trace.example.cn/org/coop-1',
  'ftp://t.cn/01/09521234000044/10/L': 'ftp://t.cn/01/09521234000044/10/L',
  'https://t.cn/414/9521234000020/254/A': `${ID}/414/9521234000020/254/A`,
  'https://t.cn/8010/4012345AB%23/8011/12': `${ID}/8010/4012345AB%23/8011/12`,
  'https://t.cn/8018/385888700111111111/8019/1': 'https://t.cn/8018/385888700111111111/8019/1',
};
for (const [text, id] of Object.entries(OBJECTS)) {
  test(`the object of ${text}`, () => assert.equal(objectId(text), id));
}

test('check digits, lots, packs and products', () => {
  assert.equal(checkDigit('629104150021'), '3');
  assert.equal(lotOfEpc('https://t.cn/01/09521234000044/10/L%31/21/AB'), `${ID}/01/09521234000044/10/L1`);
  assert.equal(lotOfEpc('https://t.cn/01/09521234000044/10/L'), null);
  assert.equal(lotOfEpc('https://t.cn/8006/040123451234560102/10/L/21/A'), null);
  assert.equal(lotOfEpc('urn:epc:id:sgtin:0614141.107346.2017'), null);
  assert.equal(isLot(`${ID}/01/09521234000044/10/L`), true);
  assert.equal(isLot(`${ID}/01/09521234000044/10/L#https://org.example/1`), false);
  assert.equal(packOf(`${ID}/01/09521234000044/10/L`, 'A/b'), `${ID}/01/09521234000044/21/A%2Fb`);
  assert.equal(packOf(`${ID}/01/09521234000044/10/L`, '山'), null);
  assert.equal(packOf(`${ID}/01/09521234000044/10/L`, ''), null);
  assert.equal(packOf(`${ID}/01/09521234000044/21/L`, 'A'), null);
  assert.equal(productMaster(`${ID}/01/09521234000044/10/L#https://o.example/1`), `${ID}/01/09521234000044#master`);
  assert.equal(productMaster(`${ID}/00/095212340000000013`), null);
});

test('URIs of RFC 3986, and what is none', () => {
  for (const good of ['urn:a:b', 'https://a.cn/%E5%B1%B1?x=/?#y', 'http://[::1]:8080/x', 'a:', 'mailto:a@b.c', 'http://u:p@h:80/x', 'http://[v1.x:y]/', 'a:/b//c', 'a:b//c', "x:!$&'()*+,;=:@-._~"]) asUri(good);
  for (const bad of ['', 'no-scheme', '1a:b', 'https://a/ b', 'https://a/山', 'https://a/%zz', 'https://a/%4', 'a:b#c#d', 'a:<b>', 'a:\u0000', 'a:b\n', 'a:[b]', 'http://[::1::]/', 'http://[1]/', 'http://a:b:c/', 'http://a@b@c/', 'http://a:80x/', 'http://[::1]x/', 'a:"', null, 7, undefined]) {
    assert.throws(() => asUri(bad), /not a URI/, String(bad));
  }
});

const touched = (event, owner = 'https://o.example/1') => {
  const content = JSON.parse(JSON.stringify({ kind: 'event', event, salt: SALT }));
  return touches(parseContent(content), { kid: 'KID', owner });
};

sharedTest('what the events of the open EPCIS documents touch', 'suyuan-touches', (path) => {
  const cases = readJson(path, 'cases.json');
  assert.equal(cases.length, 82);
  for (const { file, index, extends: extended, restsOn } of cases) {
    const document = readJson(path, '..', file);
    const body = document.epcisBody ?? {};
    const events = body.eventList ?? body.queryResults?.resultsBody.eventList ?? [body.event ?? document];
    const found = touched(events[index], 'https://org.example/1');
    assert.deepEqual(found, { extends: extended, restsOn }, join(file, String(index)));
  }
});

const LOT = `${ID}/01/09521234000044/10/L`;
const MINE = `${LOT}#https://o.example/1`;
const move = { type: 'ObjectEvent', action: 'OBSERVE', bizStep: 'shipping', quantityList: [{ epcClass: LOT }] };

test('part of a lot changing hands extends the holding, anything said of the lot the lot', () => {
  const whole = [LOT, MINE];
  assert.deepEqual(touched(move), { extends: [MINE], restsOn: ['KID', ...whole] });
  for (const more of [
    { bizStep: 'https://ref.gs1.org/cbv/BizStep-receiving' }, { bizStep: 'urn:epcglobal:cbv:bizstep:retail_selling' }, { bizStep: 'cbv:BizStep-shipping' },
    { disposition: 'in_transit' }, { disposition: 'urn:epcglobal:cbv:disp:active' }, { type: 'TransactionEvent' },
  ]) assert.deepEqual(touched({ ...move, ...more }).extends, [MINE], JSON.stringify(more));
  for (const more of [
    { disposition: 'recalled' }, { disposition: 'https://ref.gs1.org/cbv/Disp-damaged' }, { sensorElementList: [] }, { bizStep: 'storing' },
    { type: 'TransformationEvent' }, { bizStep: 'https://o.example/BizStep-shipping' }, { bizStep: undefined },
  ]) assert.deepEqual(touched({ ...move, ...more }).extends, [LOT], JSON.stringify(more));
});

test('an EPC that names its lot rests on the lot; a place is extended where there is nothing else', () => {
  const pack = touched({ type: 'ObjectEvent', epcList: ['https://t.cn/01/09521234000044/10/L/21/A'] });
  assert.deepEqual(pack, { extends: [`${ID}/01/09521234000044/21/A`], restsOn: ['KID', LOT, MINE, `${ID}/01/09521234000044/21/A`].sort() });
  const place = { type: 'ObjectEvent', quantityList: [{ epcClass: `${ID}/01/09521234000044` }], readPoint: {}, bizLocation: { id: 'urn:epc:id:sgln:0614141.00777.0' } };
  assert.deepEqual(touched(place), { extends: [`${ID}/414/0614141007776`], restsOn: ['KID', `${ID}/414/0614141007776`].sort() });
  assert.deepEqual(touched({ type: 'ObjectEvent', bizLocation: { id: 'urn:a' }, readPoint: { id: 'urn:b' } }).extends, ['urn:b']);
  assert.deepEqual(touched({ type: 'ObjectEvent' }), { extends: [], restsOn: ['KID'] });
});

test('masters, keys and erasures', () => {
  const of = (content, more = {}) => touches(parseContent({ ...content, salt: SALT }), { kid: 'KID', owner: 'o:1', ...more });
  const master = { kind: 'master', master: { id: 'urn:epc:idpat:sgtin:0614141.107346.*', type: 'Product' } };
  assert.deepEqual(of(master).extends, [`${ID}/01/10614141073464#master`]);
  assert.deepEqual(of(master).restsOn, ['KID', `${ID}/01/10614141073464#master`]);
  const erasure = { kind: 'erasure', erasure: { of: `sha-256:${'0'.repeat(64)}`, reason: 'asked' } };
  assert.deepEqual(of(erasure, { erased: { extends: ['a:1'], restsOn: ['KID2', 'a:1', 'a:2'] } }), { extends: ['a:1'], restsOn: ['KID', 'a:1'] });
});
