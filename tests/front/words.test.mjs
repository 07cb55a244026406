/** The words of both languages: the same keys, the same holes, and one for every reason to fail. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { STEPS } from '../../trace/suyuan/web/front/steps.js';
import { ROOT, readJson } from './helpers.mjs';

const FRONT = join(ROOT, 'trace/suyuan/web/front');
const words = readJson(FRONT, 'words.json');

/** What a reader may have to know; other refusals are of misshapen files, a matter for experts. */
const PLAIN = ['records.js', 'complete.js', 'anchor.js', 'verify.js'];

function leaves(value, path = '') {
  if (typeof value === 'string') return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => (key === 'reasons' ? [] : leaves(inner, `${path}/${key}`)));
}

const holes = (text) => Array.from(text.matchAll(/\{\w+\}/g), (found) => found[0]).sort().join();

function templates(file) {
  const source = readFileSync(join(FRONT, file), 'utf8');
  return Array.from(source.matchAll(/(?:refuse|new Refused)\(\s*'((?:[^'\\]|\\.)*)'/g), (found) => found[1]);
}

test('both languages have the same words with the same holes', () => {
  const [zh, en] = [new Map(leaves(words.zh)), new Map(leaves(words.en))];
  assert.deepEqual(Array.from(zh.keys()).sort(), Array.from(en.keys()).sort());
  for (const [path, text] of zh) {
    assert.ok(text.trim() && en.get(path).trim(), path);
    assert.equal(holes(text), holes(en.get(path)), path);
  }
});

test('every step has its name', () => {
  for (const lang of ['zh', 'en']) assert.deepEqual(Object.keys(words[lang].check.steps), STEPS);
});

test('every reason that a reader may meet has its Chinese, with the same holes', () => {
  const { reasons } = words.zh.check;
  for (const file of PLAIN) {
    assert.ok(templates(file).length > 0, file);
    for (const template of templates(file)) {
      assert.ok(template in reasons, `no Chinese for “${template}” of ${file}`);
      assert.equal(holes(reasons[template]), holes(template), template);
    }
  }
});

test('no Chinese is left of a reason that is gone', () => {
  const said = new Set(readdirSync(FRONT).filter((name) => name.endsWith('.js')).flatMap(templates));
  for (const template of Object.keys(words.zh.check.reasons)) assert.ok(said.has(template), template);
});
