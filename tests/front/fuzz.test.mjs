/** Bent bundles are never an exception and never verified: bytes, texts, values and whole parts. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { canonicalText } from '../../trace/suyuan/web/front/jcs.js';
import { parseJson } from '../../trace/suyuan/web/front/strict_json.js';
import { parsePolicy, verifyBundle } from '../../trace/suyuan/web/front/verify.js';
import { BUNDLES, bothVerifiers, bytes, random } from './helpers.mjs';

const policy = parsePolicy(readFileSync(join(BUNDLES, 'policy.json')));
const [verifier] = await bothVerifiers();
const HINTS = ['txHash', 'blockNumber', 'blockHash', 'blockTime'];

/** What a bundle says, but for the hints that only a chain can confirm. */
function meaning(input) {
  try {
    const json = parseJson(input, 40);
    if (json.anchor) for (const name of HINTS) delete json.anchor[name];
    return canonicalText(json);
  } catch (error) {
    return null;
  }
}

async function neverSound(input, original, what) {
  const report = await verifyBundle(input, policy, { verifier });
  if (report.step === null) assert.equal(meaning(input), original, `${what}: ${report.verdict}, ${report.complete}`);
  return report;
}

for (const name of ['pack', 'lot-with-serial', 'erased-content']) {
  const input = new Uint8Array(readFileSync(join(BUNDLES, `${name}.suyuan.json`)));
  const original = meaning(input);

  test(`${name}: one byte changed, added or lost`, async () => {
    const { below, pick } = random(name.length);
    for (let i = 0; i < 150; i += 1) {
      const at = below(input.length);
      const kind = pick(['flip', 'set', 'insert', 'delete', 'cut']);
      const bent = {
        flip: () => input.map((byte, j) => (j === at ? byte ^ (1 << below(8)) : byte)),
        set: () => input.map((byte, j) => (j === at ? below(256) : byte)),
        insert: () => Uint8Array.of(...input.subarray(0, at), below(256), ...input.subarray(at)),
        delete: () => Uint8Array.of(...input.subarray(0, at), ...input.subarray(at + 1)),
        cut: () => input.subarray(0, at),
      }[kind]();
      await neverSound(bent, original, `${kind} at ${at}`);
    }
  });

  test(`${name}: one value of the file swapped, lost, doubled or replaced`, async () => {
    const { below, pick } = random(name.length + 100);
    const junk = [null, true, 0, -1, 1.5, 2 ** 53 - 1, '', 'x', '-', [], {}, [[]], { a: 1 }, '\u0000', '山', 'A'.repeat(43), '0'.repeat(64)];
    const reached = new Set();
    for (let i = 0; i < 300; i += 1) {
      const json = JSON.parse(readFileSync(join(BUNDLES, `${name}.suyuan.json`), 'utf8'));
      const spots = [];
      const collect = (value, depth) => {
        if (value === null || typeof value !== 'object') return;
        for (const key of Object.keys(value)) {
          spots.push([value, key, depth]);
          collect(value[key], depth + 1);
        }
      };
      collect(json, 0);
      // Half of the time a part near the top, or the many small values would hide the few large ones.
      const spot = () => pick(below(2) ? spots : spots.filter(([, , depth]) => depth < 3));
      const [parent, key] = spot();
      const [other, otherKey] = spot();
      const kind = pick(['junk', 'swap', 'lose', 'double', 'text']);
      if (kind === 'junk') parent[key] = pick(junk);
      if (kind === 'swap') [parent[key], other[otherKey]] = [other[otherKey], parent[key]];
      if (kind === 'lose') Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key];
      if (kind === 'double') Array.isArray(parent) ? parent.push(parent[key]) : (parent[`${key}2`] = parent[key]);
      if (kind === 'text' && typeof parent[key] === 'string') {
        const at = below(parent[key].length + 1);
        parent[key] = parent[key].slice(0, at) + pick(['', 'A', '\n', '"', '0', '=']) + parent[key].slice(at + below(2));
      }
      let text = null;
      try {
        text = JSON.stringify(json);
      } catch (error) {
        continue; // a swap made a ring
      }
      const report = await neverSound(bytes(text), original, `${kind} at ${key}`);
      reached.add(report.step);
    }
    // A fuzzer that only ever breaks the JSON would prove little.
    for (const step of ['content', 'key', 'complete']) assert.ok(reached.has(step), `never reached ${step}`);
  });
}

test('what is not JSON at all', async () => {
  for (const input of ['', 'null', '[]', '{}', '"x"', '0', '\u0000', '['.repeat(100000), `{"a":${'{"a":'.repeat(50)}`]) {
    assert.equal((await verifyBundle(bytes(input), policy)).step, 'content');
  }
  assert.equal((await verifyBundle(new Uint8Array(33 * 1024 * 1024), policy)).step, 'content');
});
