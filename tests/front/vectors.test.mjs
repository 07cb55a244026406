/** Every golden bundle gives its expected verdict, down to the step, whoever checks signatures. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'node:test';

import { STEPS } from '../../trace/suyuan/web/front/steps.js';
import { parsePolicy, verifyBundle } from '../../trace/suyuan/web/front/verify.js';
import { BUNDLES, bothVerifiers, readJson } from './helpers.mjs';

const UNKNOWN = ['hidden-content', 'erased-content', 'history-cut-by-the-log'];
const policy = parsePolicy(readFileSync(join(BUNDLES, 'policy.json')));
const names = (folder) => readdirSync(join(BUNDLES, folder)).filter((name) => name.endsWith('.suyuan.json'));

for (const verifier of await bothVerifiers()) {
  for (const name of names('.')) {
    test(`${name} is sound (${verifier.name})`, async () => {
      const report = await verifyBundle(readFileSync(join(BUNDLES, name)), policy, { verifier });
      const stem = basename(name, '.suyuan.json');
      assert.equal(report.verdict, stem === 'logged' ? 'logged' : 'anchor not checked');
      assert.equal(report.complete, UNKNOWN.includes(stem) ? 'unknown' : 'yes');
      assert.equal(report.hidden, stem === 'hidden-content' ? 1 : 0);
      assert.equal(report.erased, stem === 'erased-content' ? 1 : 0);
      assert.equal(report.testChain, true);
      assert.equal(report.partial, false);
    });
  }
  for (const name of names('bad')) {
    test(`${name} fails where its name says (${verifier.name})`, async () => {
      const told = [];
      const onStep = ({ step, status }) => told.push(`${step} ${status}`);
      const report = await verifyBundle(readFileSync(join(BUNDLES, 'bad', name)), policy, { verifier, onStep });
      const step = name.split('-')[0];
      assert.equal(report.step, step);
      assert.ok(report.verdict.startsWith(`failed: ${step}: `), report.verdict);
      assert.equal(report.complete, step === 'complete' ? 'no' : 'unknown');
      assert.equal(told.at(-1), `${step} failed`);
    });
  }
}

test('the steps are told in their order, each record by record, and end as they should', async () => {
  const last = {};
  const onStep = ({ step, status, done, total }) => {
    last[step] = status;
    if (done !== null) assert.ok(done >= 1 && done <= total && total === 21);
  };
  await verifyBundle(readFileSync(join(BUNDLES, 'pack.suyuan.json')), policy, { onStep });
  assert.deepEqual(Object.keys(last), STEPS);
  assert.deepEqual(last, {
    content: 'passed', key: 'passed', signature: 'passed', inclusion: 'passed',
    checkpoint: 'passed', anchor: 'unknown', complete: 'passed',
  });
});

test('a subject typed in any of its forms is the one, another is not', async () => {
  const pack = readFileSync(join(BUNDLES, 'pack.suyuan.json'));
  const lot = readFileSync(join(BUNDLES, 'lot-with-serial.suyuan.json'));
  const complete = async (bundle, subject) => (await verifyBundle(bundle, policy, { subject })).complete;
  const serial = 'HTTPS://T.CN/01/09521234000044/10/SX2026-SHT-0917/21/';
  assert.equal(await complete(pack, 'urn:epc:id:sgtin:9521234.000004.7K3F9XWM2PAB12'), 'yes');
  assert.equal(await complete(pack, `${serial}7K3F9XWM2PAB12`), 'yes');
  assert.equal(await complete(pack, `${serial}7K3F9XWM2PAB13`), 'no');
  assert.equal(await complete(lot, 'https://id.gs1.org/01/09521234000044/10/SX2026-SHT-0917'), 'yes');
  assert.equal(await complete(lot, `${serial}SERIAL0003TAGX`), 'yes');
  assert.equal(await complete(lot, `${serial}SERIAL0004TAGX`), 'no');
  assert.equal(await complete(lot, 'https://t.cn/01/09521234000044/10/OTHER/21/SERIAL0003TAGX'), 'no');
});

test('a partial check says so and is never complete', async () => {
  const pack = readFileSync(join(BUNDLES, 'pack.suyuan.json'));
  const part = await verifyBundle(pack, policy, { only: new Set([5, 6]) });
  assert.deepEqual([part.verdict, part.complete, part.partial], ['anchor not checked', 'unknown', true]);
  assert.deepEqual(part.records.filter((record) => record.checked).map((record) => record.index), [0, 1, 2, 5, 6]);
  const flipped = readFileSync(join(BUNDLES, 'bad/signature-flipped.suyuan.json'));
  assert.equal((await verifyBundle(flipped, policy, { only: new Set([5]) })).step, 'signature');
  assert.equal((await verifyBundle(flipped, policy, { only: new Set([6]) })).complete, 'unknown');
  const all = new Set(Array.from({ length: 21 }, (_, i) => i));
  assert.equal((await verifyBundle(pack, policy, { only: all })).partial, false);
});

const OWN = join(BUNDLES, '../suyuan-bundle-own');

test('the other implementation’s own golden bundles give what it says of them', { skip: existsSync(OWN) ? false : 'no tests/vectors/suyuan-bundle-own' }, async () => {
  const ownPolicy = parsePolicy(readFileSync(join(OWN, 'policy.json')));
  const expected = readJson(OWN, 'expected.json');
  assert.ok(Object.keys(expected).length > 20);
  for (const [name, { verdict, step = null, complete, hidden, erased, suspect = [] }] of Object.entries(expected)) {
    const report = await verifyBundle(readFileSync(join(OWN, `${name}.suyuan.json`)), ownPolicy);
    assert.equal(report.step, step, `${name}: ${report.reason}`);
    assert.equal(report.complete, complete, name);
    if (step !== null) continue;
    assert.equal(report.verdict, verdict, name);
    assert.deepEqual([report.hidden, report.erased], [hidden, erased], name);
    assert.deepEqual(report.records.filter((record) => record.suspect).map((record) => record.index), suspect, name);
  }
});
