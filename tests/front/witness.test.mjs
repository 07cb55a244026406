/** Witnesses: named by the policy, believed by what they signed, told in words; C2SP tlog-cosignature. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { getPublicKey, sign } from '@noble/ed25519';

import { b64, concat, hex, unb64, utf8 } from '../../trace/suyuan/web/front/encoding.js';
import { sha256 } from '../../trace/suyuan/web/front/hash.js';
import { parsePolicy } from '../../trace/suyuan/web/front/policy.js';
import { verifyBundle } from '../../trace/suyuan/web/front/verify.js';
import { CheckView } from '../../trace/suyuan/web/front/view.js';
import { element, install } from './dom.mjs';
import { ROOT, bothVerifiers, readJson } from './helpers.mjs';
import { Log, encode } from './log.mjs';

const LOT = 'https://id.gs1.org/01/09521234000044/10/LOT-1';
const WORDS = readJson(ROOT, 'trace/suyuan/web/front/words.json');

/** A witness out of one byte: its key as text, and the line it writes under a checkpoint. */
function witness(byte, name = `w.example/${byte}`) {
  const seed = new Uint8Array(32).fill(byte);
  const material = concat(Uint8Array.of(4), getPublicKey(seed));
  const id = sha256(concat(utf8(`${name}\n`), material)).subarray(0, 4);
  return {
    name,
    vkey: `${name}+${hex(id)}+${b64(material)}`,
    line(body, { time = 1679315147n, said = time } = {}) {
      const eight = new Uint8Array(8);
      new DataView(eight.buffer).setBigUint64(0, time);
      return `— ${name} ${b64(concat(id, eight, sign(utf8(`cosignature/v1\ntime ${said}\n${body}`), seed)))}\n`;
    },
  };
}

const [ONE, TWO, THREE] = [41, 42, 43].map((byte) => witness(byte));

/** A log whose policy names these witnesses, and a bundle of it with these lines under its checkpoint. */
function world(keys, quorum, lines = () => '') {
  const log = new Log();
  log.event({ action: 'ADD', quantityList: [{ epcClass: LOT }] });
  const policy = { ...log.policyJson, witnesses: { keys: keys.map(({ vkey }) => vkey), quorum } };
  const bundle = log.bundle(LOT);
  const body = bundle.checkpoint.slice(0, bundle.checkpoint.indexOf('\n\n') + 1);
  return { policy, bundle: { ...bundle, checkpoint: bundle.checkpoint + lines(body) }, body };
}

const check = ({ policy, bundle }, verifier = null) => verifyBundle(encode(bundle), parsePolicy(encode(policy)), { verifier });

test('who cosigned is told, and as many as are asked for suffice', async () => {
  for (const verifier of await bothVerifiers()) {
    const report = await check(world([ONE, TWO, THREE], 2, (body) => THREE.line(body) + ONE.line(body)), verifier);
    assert.equal(report.step, null, report.reason);
    assert.deepEqual(report.witnesses, { found: 2, count: 3, quorum: 2, names: 'w.example/41, w.example/43' });
  }
});

test('fewer than asked for fail at the checkpoint; where none is asked for it is only told', async () => {
  const few = await check(world([ONE, TWO], 2, (body) => ONE.line(body)));
  assert.deepEqual([few.step, few.reason], ['checkpoint', '1 of 2 witnesses cosigned, 2 are asked for']);
  const hint = await check(world([ONE, TWO], 0));
  assert.deepEqual([hint.step, hint.witnesses.found, hint.complete], [null, 0, 'yes']);
});

test('one witness twice counts once, a stranger not at all', async () => {
  const twice = await check(world([ONE, TWO], 2, (body) => ONE.line(body) + ONE.line(body, { time: 7n })));
  assert.equal(twice.step, 'checkpoint');
  const stranger = await check(world([ONE], 1, (body) => TWO.line(body)));
  assert.equal(stranger.step, 'checkpoint');
  const names = await check(world([ONE], 1, (body) => witness(42, ONE.name).line(body)));
  assert.equal(names.step, 'checkpoint', 'another key under the same name is a stranger');
});

test('every bent cosignature of a named witness fails, even where nobody asks for it', async () => {
  const base = world([ONE, TWO], 0);
  const bent = (line, change) => {
    const [dash, name, text] = line.trimEnd().split(' ');
    return `${dash} ${name} ${b64(change(Uint8Array.from(unb64(text))))}\n`;
  };
  const flip = (at) => (raw) => raw.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const good = ONE.line(base.body);
  const lines = {
    'another time': bent(good, flip(11)),
    'another R': bent(good, flip(20)),
    'another S': bent(good, flip(50)),
    'S beyond the order': bent(good, (raw) => raw.map((byte, i) => (i === 75 ? byte | 0xf0 : byte))),
    'a byte more': bent(good, (raw) => concat(raw, Uint8Array.of(0))),
    'a byte less': bent(good, (raw) => raw.subarray(0, 75)),
    'no time': bent(good, (raw) => concat(raw.subarray(0, 4), raw.subarray(12))),
    'nearly nothing': bent(good, (raw) => raw.subarray(0, 5)),
    'a time beyond 2^63-1': ONE.line(base.body, { time: 2n ** 63n }),
    'a time that was not signed': ONE.line(base.body, { time: 8n, said: 7n }),
    'another checkpoint': ONE.line(base.body.replace(/\n\d+\n/, '\n99\n')),
    'a note without time': bent(good, (raw) => concat(raw.subarray(0, 12), sign(utf8(base.body), new Uint8Array(32).fill(41)))),
  };
  for (const verifier of await bothVerifiers()) {
    for (const [what, line] of Object.entries(lines)) {
      const report = await check({ policy: base.policy, bundle: { ...base.bundle, checkpoint: base.bundle.checkpoint + line } }, verifier);
      assert.deepEqual([report.step, report.reason], ['checkpoint', 'the signature of w.example/41 does not hold'], what);
    }
  }
  const latest = ONE.line(base.body, { time: 2n ** 63n - 1n });
  assert.equal((await check({ policy: base.policy, bundle: { ...base.bundle, checkpoint: base.bundle.checkpoint + latest } })).witnesses.found, 1);
});

test('witnesses replace no log key', async () => {
  const { policy, bundle, body } = world([ONE], 1);
  const report = await check({ policy, bundle: { ...bundle, checkpoint: `${body}\n${ONE.line(body)}` } });
  assert.deepEqual([report.step, report.reason], ['checkpoint', 'no log key of the policy signed it']);
});

test('the policy names witnesses in one form only, and its fingerprint is of them too', () => {
  const { policy } = world([ONE, TWO], 1);
  const read = (witnesses) => parsePolicy(encode({ ...policy, witnesses }));
  const keys = [ONE.vkey, TWO.vkey];
  assert.equal(read({ keys, quorum: 2 }).witnesses.quorum, 2);
  assert.notEqual(read({ keys, quorum: 2 }).fingerprint, read({ keys, quorum: 1 }).fingerprint);
  assert.notEqual(read({ keys, quorum: 1 }).fingerprint, parsePolicy(encode(new Log().policyJson)).fingerprint);
  const wrong = [
    null, [], {}, { keys }, { quorum: 1 }, { keys, quorum: 3 }, { keys, quorum: -1 }, { keys, quorum: '1' }, { keys: [], quorum: 0 },
    { keys, quorum: 1, more: 1 }, { keys: [ONE.vkey, ONE.vkey], quorum: 1 }, { keys: [policy.logKeys[0]], quorum: 1 }, { keys: ['x'], quorum: 1 },
    { keys: [ONE.vkey, witness(41, 'other.example/name').vkey], quorum: 2 }, { keys: [ONE.vkey.replace('+', '+0')], quorum: 1 },
  ];
  for (const witnesses of wrong) assert.throws(() => read(witnesses), undefined, JSON.stringify(witnesses));
  assert.throws(() => parsePolicy(encode({ ...policy, logKeys: [ONE.vkey] })), /another kind of key/);
});

test('the page tells who cosigned in both languages, and where it knows the witnesses from', async () => {
  const undo = install({});
  const told = async (lang, ...of) => {
    const view = new CheckView(element('div'), WORDS[lang].check, lang);
    view.begin();
    view.finish(await check(world(...of)));
    return view.place.textContent;
  };
  const both = (body) => ONE.line(body) + TWO.line(body);
  assert.match(await told('en', [ONE, TWO, THREE], 2, both), /2 of the 3 witnesses in the policy cosigned the log \(2 asked for\): w\.example\/41, w\.example\/42\. The policy’s fingerprint fixes who/);
  assert.match(await told('zh', [ONE, TWO, THREE], 2, both), /3 个见证人中有 2 个联署了日志（要求 2 个）：w\.example\/41, w\.example\/42。见证人是谁，由依据文件的指纹确定/);
  assert.match(await told('en', [ONE], 0), /None of the 1 witnesses in the policy has cosigned the log yet/);
  assert.match(await told('zh', [ONE], 1), /1 个见证人中有 0 个联署，依据文件要求 1 个/);
  assert.doesNotMatch(await told('en', [ONE], 1), /None of the|cosigned the log \(/, 'a failed check tells its reason alone');
  undo();
});

test('the golden bundles with witnesses give what the other implementation says of them', async () => {
  const folder = join(ROOT, 'tests/vectors/suyuan-bundle-witness');
  const policy = parsePolicy(readFileSync(join(folder, 'policy.json')));
  const expected = readJson(folder, 'expected.json');
  assert.ok(Object.keys(expected).length > 10);
  for (const verifier of await bothVerifiers()) {
    for (const [name, { step, cosigned }] of Object.entries(expected)) {
      const report = await verifyBundle(readFileSync(join(folder, `${name}.suyuan.json`)), policy, { verifier });
      assert.equal(report.step, step, `${name}: ${report.reason}`);
      if (step === null) assert.equal(report.witnesses.names, cosigned.join(', '), name);
    }
  }
});
