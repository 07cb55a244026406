/** What the build hands to browsers: complete, small, old enough a language, and shut tight. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import vm from 'node:vm';

import { transform } from 'esbuild';

import { BUNDLES, ROOT, readJson } from './helpers.mjs';

execFileSync(process.execPath, [join(ROOT, 'scripts/build_front.mjs')]);
const OUT = join(ROOT, 'trace/suyuan/web/static/build');
const read = (name) => readFileSync(join(OUT, name), 'utf8');
const hash = (algorithm, text) => `${algorithm}-${createHash(algorithm).update(text).digest('base64')}`;
const html = read('verifier.html');
const within = (tag) => new RegExp(`<${tag}>([\\s\\S]*)</${tag}>`).exec(html)[1];

test('the facts beside the files are theirs', () => {
  const facts = readJson(OUT, 'build.json');
  assert.equal(facts.integrity, hash('sha384', read('verify.js')));
  assert.equal(facts.sizes['verify.js'], Buffer.byteLength(read('verify.js')));
  assert.ok(html.includes(`content="${facts.verifierCsp}"`));
});

test('the verifier’s policy allows its own script and style and nothing else', () => {
  const [, csp] = /Content-Security-Policy" content="([^"]+)"/.exec(html);
  assert.ok(csp.includes(`script-src '${hash('sha256', within('script'))}'`));
  assert.ok(csp.includes(`style-src '${hash('sha256', within('style'))}'`));
  assert.ok(csp.startsWith("default-src 'none'"));
  assert.ok(!csp.includes('unsafe'));
});

test('the verifier is one file: nothing is fetched to show it, nothing acts from an attribute', () => {
  const markup = html.replace(within('script'), '').replace(within('style'), '');
  assert.ok(!/\s(src|href|on\w+|style)=/.test(markup));
  assert.ok(!/url\(|@import/.test(within('style')));
});

for (const name of ['verify.js', 'verifier.html']) {
  const script = name === 'verify.js' ? read(name) : within('script');
  test(`${name}: a classic script in the language of 2018, without eval`, async () => {
    // A script that needs newer syntax comes out changed when lowered once more.
    const again = await transform(script, { target: 'es2018', minify: true, charset: 'utf8', legalComments: 'inline' });
    assert.ok(Math.abs(again.code.length - script.length) < script.length / 100);
    assert.ok(!/\?\?|\?\.[A-Za-z_$([]/.test(script.replace(/"(?:[^"\\]|\\.)*"|\/(?:[^/\\\n]|\\.)+\/[a-z]*/g, '')));
    assert.ok(!/\beval\(|new Function|\binnerHTML|document\.write/.test(script));
    assert.doesNotThrow(() => new vm.Script(script));
  });
}

test('the page’s script runs, and says so, where there is no BigInt', () => {
  const said = [];
  const node = () => ({
    childNodes: [], setAttribute() {}, addEventListener() {}, removeChild() {}, insertBefore() {}, querySelectorAll: () => [],
    appendChild(child) { this.lastChild = child; if (child && child.text) said.push(child.text); return child; },
  });
  const words = readJson(ROOT, 'trace/suyuan/web/front/words.json').en.check;
  const ids = { check: node(), suyuan: { textContent: JSON.stringify({ words, lang: 'en' }) } };
  const document = {
    readyState: 'complete', getElementById: (id) => ids[id], createElement: node, createElementNS: node, createTextNode: (text) => ({ text }),
  };
  const context = vm.createContext({ document, TextEncoder, TextDecoder });
  vm.runInContext('delete globalThis.BigInt', context);
  vm.runInContext(read('verify.js'), context);
  assert.ok(said.includes(words.verdict.uncheckable));
});

test('the harness prints a report and its exit code', () => {
  const run = (args, input) => {
    try {
      return [0, execFileSync(process.execPath, [join(ROOT, 'scripts/verify_bundle.mjs'), ...args], { input, stdio: 'pipe' }).toString()];
    } catch (error) {
      return [error.status, error.stdout.toString()];
    }
  };
  const [policy, good, bad] = ['policy.json', 'pack.suyuan.json', 'bad/signature-flipped.suyuan.json'].map((name) => join(BUNDLES, name));
  const [code, text] = run([good, policy]);
  assert.deepEqual([code, JSON.parse(text).verdict], [3, 'anchor not checked']);
  assert.equal(run([bad, policy])[0], 1);
  assert.equal(run([good, policy, 'https://id.gs1.org/00/095212340000000020'])[0], 1);
  assert.equal(run([good])[0], 2);
  assert.equal(run([good, good])[0], 2);
  assert.equal(run([good, join(BUNDLES, 'no-such-file')])[0], 2);
  const [, lines] = run(['--many', policy], `${good}\n${bad}\n`);
  assert.deepEqual(lines.trim().split('\n').map((line) => JSON.parse(line).step), [null, 'signature']);
});
