/** The public page's script and the records in words, run on a small DOM. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { Story } from '../../trace/suyuan/web/front/story.js';
import { parsePolicy, verifyBundle } from '../../trace/suyuan/web/front/verify.js';
import { element, install } from './dom.mjs';
import { BUNDLES, ROOT, readJson } from './helpers.mjs';
import { Log, encode } from './log.mjs';

const WORDS = readJson(ROOT, 'trace/suyuan/web/front/words.json');
const LOT = 'https://id.gs1.org/01/09521234000044/10/LOT-1';
const FINGERPRINT = parsePolicy(readFileSync(join(BUNDLES, 'policy.json'))).fingerprint;
let loads = 0;

/** Runs page.js on a page with this configuration; gives the place where it drew. */
async function run(config, { files = {}, without = [], until = ['ok', 'wait', 'bad', 'none'] } = {}) {
  const section = element('section');
  section.appendChild(element('h2', {}, 'Check'));
  section.appendChild(element('p', { 'data-fallback': '' }, 'without scripts'));
  const data = element('script', {}, JSON.stringify({ bundle: '/b', policy: '/p', rpc: [], lang: 'en', words: WORDS.en.check, ...config }));
  const undo = install({ suyuan: data, check: section });
  const kept = { fetch: globalThis.fetch };
  const answers = { '/b': readFileSync(join(BUNDLES, 'pack.suyuan.json')), '/p': readFileSync(join(BUNDLES, 'policy.json')), ...files };
  globalThis.fetch = async (url) => {
    const body = typeof answers[url] === 'function' ? answers[url]() : answers[url];
    if (body === undefined) return { ok: false, status: 404 };
    return { ok: true, arrayBuffer: async () => Uint8Array.from(body).buffer };
  };
  for (const name of without) {
    kept[name] = globalThis[name];
    globalThis[name] = undefined;
  }
  try {
    loads += 1;
    await import(`../../trace/suyuan/web/front/page.js?${loads}`);
    const place = section.withClass('check')[0];
    const done = async () => {
      for (let i = 0; i < 500 && !until.includes(place.getAttribute('data-check')); i += 1) {
        await new Promise((resolve) => {
          setTimeout(resolve, 10);
        });
      }
    };
    await done();
    return { place, section, done, undo: () => undo() && Object.assign(globalThis, kept) };
  } finally {
    for (const name of without) globalThis[name] = kept[name];
  }
}

const states = (place) => place.withClass('check-step').map((row) => /is-(\w+)/.exec(row.className)[1]);
const headline = (place) => place.withClass('check-headline').map((line) => line.textContent).at(-1);

test('a sound bundle: every step passes but the anchor, which nobody asked about', async () => {
  const { place, section, undo } = await run({ policyFingerprint: FINGERPRINT });
  assert.equal(place.getAttribute('data-check'), 'wait');
  assert.deepEqual(states(place), ['passed', 'passed', 'passed', 'passed', 'passed', 'unknown', 'passed']);
  assert.equal(headline(place), WORDS.en.check.verdict.anchorNotChecked);
  assert.match(place.textContent, /Recalled: see record 20/);
  assert.match(place.textContent, /Test chain: proves nothing to strangers/);
  assert.ok(!section.textContent.includes('without scripts'), 'what stands for the script goes when it runs');
  undo();
});

test('the same in Chinese', async () => {
  const { place, undo } = await run({ lang: 'zh', words: WORDS.zh.check });
  assert.equal(headline(place), WORDS.zh.check.verdict.anchorNotChecked);
  assert.match(place.textContent, /2026年9月/);
  undo();
});

test('a tampered bundle names the step and the record, and ticks nothing after it', async () => {
  const bad = readFileSync(join(BUNDLES, 'bad/signature-flipped.suyuan.json'));
  const { place, undo } = await run({ lang: 'zh', words: WORDS.zh.check }, { files: { '/b': bad } });
  assert.equal(place.getAttribute('data-check'), 'bad');
  assert.deepEqual(states(place), ['skipped', 'skipped', 'failed', 'skipped', 'skipped', 'skipped', 'skipped']);
  assert.match(place.textContent, /第 5 号记录：签名不符/);
  assert.match(place.textContent, /6 \/ 21 条/);
  undo();
});

test('a misshapen file is told in words, with the expert’s reason', async () => {
  const { place, undo } = await run({ lang: 'zh', words: WORDS.zh.check }, { files: { '/b': encode([]) } });
  assert.equal(place.getAttribute('data-check'), 'bad');
  assert.match(place.textContent, /文件不合格式（bundle is not an object）/);
  undo();
});

test('another policy than the one whose fingerprint the page shows checks nothing', async () => {
  for (const files of [{}, { '/p': encode({}) }]) {
    const { place, undo } = await run({ policyFingerprint: '0000 0000 0000 0000' }, { files });
    assert.equal(place.getAttribute('data-check'), 'bad');
    assert.equal(headline(place), WORDS.en.check.verdict.policyOther);
    assert.ok(states(place).every((state) => state === 'skipped'));
    undo();
  }
});

test('a file that cannot be fetched can be tried again', async () => {
  let there = false;
  const bundle = readFileSync(join(BUNDLES, 'pack.suyuan.json'));
  const { place, done, undo } = await run({}, { files: { '/b': () => (there ? bundle : undefined) } });
  assert.equal(place.getAttribute('data-check'), 'none');
  assert.equal(headline(place), WORDS.en.check.verdict.network);
  const [button] = place.withClass('check-retry');
  there = true;
  button.listeners.click();
  await done();
  assert.equal(place.getAttribute('data-check'), 'wait');
  undo();
});

test('where the browser cannot compute, it says so and ticks nothing', async () => {
  for (const name of ['BigInt', 'TextDecoder']) {
    const { place, undo } = await run({}, { without: [name] });
    assert.equal(place.getAttribute('data-check'), 'none');
    assert.match(headline(place), /Cannot be checked here/);
    assert.ok(!states(place).includes('passed'));
    undo();
  }
});

test('above 200 records only those shown are checked, and the page says so', async () => {
  const log = new Log();
  log.event({ action: 'ADD', quantityList: [{ epcClass: LOT }] });
  for (let i = 0; i < 200; i += 1) log.event({ bizStep: 'storing', quantityList: [{ epcClass: LOT }] });
  const files = { '/b': encode(log.bundle(LOT)), '/p': encode(log.policyJson) };
  const { place, undo } = await run({ shown: [4, 5] }, { files });
  assert.equal(place.getAttribute('data-check'), 'wait');
  assert.match(place.textContent, /Only the 4 records shown here were checked, of 203/);
  assert.equal(states(place).at(-1), 'unknown');
  undo();
  const all = await run({}, { files });
  assert.match(all.place.textContent, /Only the 200 records shown here|Only the 20\d records/);
  all.undo();
});

test('a page without the section, or without the data, is left alone', async () => {
  const undo = install({});
  loads += 1;
  await import(`../../trace/suyuan/web/front/page.js?${loads}`);
  undo();
});

test('every record of every golden bundle can be told in both languages', async () => {
  const policy = parsePolicy(readFileSync(join(BUNDLES, 'policy.json')));
  const undo = install({});
  for (const name of ['pack', 'lot-with-serial', 'erased-content', 'hidden-content', 'bad/signature-flipped', 'bad/content-quantity-changed']) {
    const report = await verifyBundle(readFileSync(join(BUNDLES, `${name}.suyuan.json`)), policy);
    for (const lang of ['zh', 'en']) {
      const story = new Story(report, WORDS[lang].story, lang);
      const told = [...story.main(), ...story.others()].map((record) => story.item(record).textContent);
      assert.ok(told.length > 0 && told.every((text) => text.length > 10), name);
      assert.ok(!told.some((text) => /undefined|\[object|\{\w+\}/.test(text.replace(/\{\n.*/s, ''))), told.join('\n'));
    }
  }
  undo();
});

test('words for what people know, and nothing breaks on what nobody foresaw', async () => {
  const log = new Log();
  log.append(log.coop, { kind: 'master', master: { id: 'https://id.gs1.org/01/09521234000044', type: 'Product', name: { zh: '山核桃', en: 'Hickory' } }, salt: log.salt() });
  log.event({
    type: 'TransformationEvent', bizStep: 'https://t.cn/voc/roasting', eventTime: '2026-09-01T00:00:00.000+08:00', eventTimeZoneOffset: '+08:00',
    outputQuantityList: [{ epcClass: LOT, quantity: 301, uom: 'KGM' }], 'suyuan:test': { item: { zh: '多菌灵', en: 'Carbendazim' }, value: '<0.01', unit: 'mg/kg', result: 'pass' },
  });
  log.event({
    bizStep: 'constructor', disposition: 'toString', eventTime: 5, eventTimeZoneOffset: {}, quantityList: [{ epcClass: LOT, quantity: {}, uom: ['x'] }],
    epcList: ['urn:x:%E5%B1%B1', 'urn:x:%FF'], 'suyuan:constructor': { __proto__: null, value: { a: [null, { b: true }] } }, 'suyuan:x': null,
    'suyuan:attachments': [], readPoint: {}, errorDeclaration: {},
  });
  const report = await verifyBundle(encode(log.bundle(LOT)), log.policy);
  assert.equal(report.complete, 'yes', report.reason);
  const undo = install({});
  const story = new Story(report, WORDS.zh.story, 'zh');
  const [odd, roasting] = story.main().map((record) => story.item(record).textContent);
  assert.match(roasting, /2026年9月1日 00:00炒制/);
  assert.match(roasting, /得到：山核桃 批次 LOT-1 301 公斤/);
  assert.match(roasting, /检测：多菌灵 <0.01 mg\/kg、结论 合格/);
  assert.match(roasting, /事后 9 天才记入/);
  assert.match(roasting, /自己申报/);
  assert.match(odd, /constructor/);
  undo();
});

test('what became of codes, certificates and checks at a market have titles of their own', async () => {
  const log = new Log();
  const at = { eventTimeZoneOffset: '+08:00', quantityList: [{ epcClass: LOT }] };
  const deeds = [
    [{ bizStep: 'https://t.cn/voc/issuing_codes' }, '包装前发码'],
    [{ bizStep: 'https://t.cn/voc/voiding_codes', 'suyuan:codes': { act: 'void', of: 'sha-256:x', ranges: [[0, 9], [20, 20], 'x', ['a', 'b']] } }, '码作废'],
    [{ bizStep: 'https://t.cn/voc/returning_codes' }, '退回未用的码'],
    [{ bizStep: 'https://t.cn/voc/authorising' }, '品牌授权'],
    [{ bizStep: 'accepting' }, '验收'],
    [{ bizStep: 'accepting', 'suyuan:certificate': { type: '承诺达标合格证', number: '2026-000017' } }, '开具承诺达标合格证'],
    [{ bizStep: 'accepting', 'suyuan:certificate': { type: 'green', number: 'LB-1' } }, '颁发证书'],
    [{ bizStep: 'accepting', 'suyuan:certificate': { type: 'green', status: 'void' } }, '撤销证书'],
    [{ bizStep: 'accepting', 'suyuan:checkIn': { verdict: 'accepted' } }, '市场准入'],
    [{ bizStep: 'inspecting', 'suyuan:checkIn': { verdict: 'refused' } }, '市场拒收'],
  ];
  deeds.forEach(([members], day) => log.event({ ...at, eventTime: `2026-09-01T${10 + day}:00:00.000+08:00`, ...members }));
  const report = await verifyBundle(encode(log.bundle(LOT)), log.policy);
  assert.equal(report.step, null, report.reason);
  const undo = install({});
  const told = new Story(report, WORDS.zh.story, 'zh').main().map((record) => new Story(report, WORDS.zh.story, 'zh').item(record).textContent);
  deeds.forEach(([, title], place) => assert.ok(told[deeds.length - 1 - place].includes(`:00${title}`), `${title}: ${told[deeds.length - 1 - place]}`));
  assert.match(told[deeds.length - 2], /涉及 11 个码/);
  undo();
});
