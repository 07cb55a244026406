/** Strict JSON, its canonical form, and the encodings: formats §0, RFC 8785. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { b64, b64url, parseDecimal, parseDigest, unb64, unb64url } from '../../trace/suyuan/web/front/encoding.js';
import { canonicalText } from '../../trace/suyuan/web/front/jcs.js';
import { parseJson } from '../../trace/suyuan/web/front/strict_json.js';
import { bytes, sharedTest } from './helpers.mjs';

const REFUSED = {
  'a duplicate name': '{"a":1,"a":1}',
  'a duplicate name, escaped': '{"a":1,"\\u0061":1}',
  'a lone high surrogate': '["\\ud800"]',
  'a lone low surrogate': '["\\udc00x"]',
  'a high surrogate and a letter': '["\\ud800a"]',
  'a high surrogate and an escape': '["\\ud800\\n"]',
  'NaN': '[NaN]',
  'Infinity': '[Infinity]',
  'a number beyond the doubles': '1e400',
  'a number beyond 2^53−1': '9007199254740992',
  'a negative number beyond': '-9007199254740992',
  'more digits than a double holds': '0.1000000000000000055511151231257827',
  'a value below the doubles': '1e-400',
  'a whole number written with lost digits': '9007199254740990.5',
  'a leading zero': '01',
  'a plus sign': '+1',
  'a bare point': '1.',
  'hex': '0x10',
  'a comma at the end': '[1,]',
  'a comma at the end of an object': '{"a":1,}',
  'two values': '1 2',
  'nothing': '',
  'blanks only': ' \n',
  'single quotes': "'a'",
  'a control character': '"a\u0001"',
  'a tab in a text': '"\t"',
  'an open text': '"abc',
  'an open escape': '"\\',
  'a short escape': '"\\u12"',
  'an unknown escape': '"\\x41"',
  'a comment': '[1/*no*/]',
  'a byte order mark': '\ufeff{}',
  'another blank': '[\u00a01]',
  'a form feed': '[\f1]',
  'half a word': 'tru',
  'a word and more': 'nullx',
  'a missing colon': '{"a" 1}',
  'a name without quotes': '{a:1}',
  'nesting 33 deep': '['.repeat(33) + ']'.repeat(33),
  'nesting 10,000 deep': '['.repeat(10000),
};
for (const [what, input] of Object.entries(REFUSED)) {
  test(`refuses ${what}`, () => assert.throws(() => parseJson(bytes(input)), { name: 'Error', template: /strict JSON/ }));
}

test('refuses bytes that are not UTF-8', () => {
  assert.throws(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22)), /UTF-8/);
  assert.throws(() => parseJson(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), /UTF-8/);
});

const TAKEN = {
  '-0': '0', '1.0': '1', '10e-1': '1', '1E2': '100', '0e999999999999': '0', '9007199254740991': '9007199254740991',
  '0.1': '0.1', '1e-7': '1e-7', '2.50': '2.5', '5e-324': '5e-324', ' [ ] ': '[]', '"\\ud83d\\ude00"': '"😀"', '"😀"': '"😀"',
  '"\\u0000\\/\\b"': '"\\u0000/\\b"', '{"__proto__":1,"constructor":2}': '{"__proto__":1,"constructor":2}',
  '{"b":1,"a":{"2":0,"10":0}}': '{"a":{"10":0,"2":0},"b":1}', '{"":null}': '{"":null}', 'true': 'true',
};
for (const [input, canonical] of Object.entries(TAKEN)) {
  test(`takes ${input}`, () => assert.equal(canonicalText(parseJson(bytes(input))), canonical));
}

test('takes nesting 32 deep, and 40 where a bundle allows it', () => {
  parseJson('['.repeat(32) + ']'.repeat(32));
  parseJson('['.repeat(40) + ']'.repeat(40), 40);
  assert.throws(() => parseJson('['.repeat(41) + ']'.repeat(41), 40));
});

sharedTest('the vectors of RFC 8785', 'jcs', (path) => {
  for (const name of ['arrays', 'french', 'structures', 'unicode', 'weird']) {
    const input = readFileSync(join(path, 'input', `${name}.json`));
    assert.equal(canonicalText(parseJson(input)), readFileSync(join(path, 'output', `${name}.json`), 'utf8'), name);
  }
  // Its numbers have more digits than a double holds, which formats §0 refuses.
  assert.throws(() => parseJson(readFileSync(join(path, 'input/values.json'))), /too many digits/);
});

sharedTest('10,000 numbers in their ECMAScript form', 'jcs', (path) => {
  const lines = readFileSync(join(path, 'es6_10000.txt'), 'utf8').trim().split('\n');
  assert.equal(lines.length, 10000);
  const view = new DataView(new ArrayBuffer(8));
  for (const line of lines) {
    const [bits, expected] = line.split(',');
    view.setBigUint64(0, BigInt(`0x${bits}`));
    const number = view.getFloat64(0);
    assert.equal(canonicalText(number), expected);
    if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) assert.equal(canonicalText(parseJson(expected)), expected);
    else assert.throws(() => parseJson(expected));
  }
});

test('base64 has one text for each value', () => {
  assert.deepEqual(unb64('AAE='), Uint8Array.of(0, 1));
  assert.equal(b64(Uint8Array.of(251, 255)), '+/8=');
  assert.equal(b64url(Uint8Array.of(251, 255)), '-_8');
  for (const bad of ['AAE', 'AAF=', 'AA E=', 'AAE=\n', 'AA-_', '=', 'A===', 'AAE==']) assert.throws(() => unb64(bad), bad);
  for (const bad of ['-_9', '-_8=', '+/8', 'A', ' -_8', '-_8\n']) assert.throws(() => unb64url(bad), bad);
  assert.throws(() => unb64('AAE=', 3));
});

test('digests and decimals have one text too', () => {
  assert.equal(parseDigest(`sha-256:${'0a'.repeat(32)}`), '0a'.repeat(32));
  for (const bad of [`sha-256:${'0A'.repeat(32)}`, 'sha-256:00', `${'0a'.repeat(32)}`, null, 5]) assert.throws(() => parseDigest(bad));
  assert.equal(parseDecimal('9007199254740991'), 2 ** 53 - 1);
  for (const bad of ['', '00', '01', '-1', '+1', '1 ', '1.0', '９', '9007199254740992', '1e3']) assert.throws(() => parseDecimal(bad), bad);
});
