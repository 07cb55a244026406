#!/usr/bin/env node
/**
 * Builds what browsers load, from trace/suyuan/web/front into trace/suyuan/web/static/build:
 *
 *     verify.js        the public page's script, one file
 *     sign.js          the page on which a laboratory signs
 *     verifier.html    the verifier that runs from disk: script and styles within
 *     check.css        the styles of the page's check
 *     build.json       sizes, integrity of verify.js, the Content-Security-Policy of verifier.html
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build, transform } from 'esbuild';

const WEB = fileURLToPath(new URL('../trace/suyuan/web/', import.meta.url));
const FRONT = join(WEB, 'front');
const OUT = join(WEB, 'static/build');
/** What the public page can spare of its 100 kB. */
const BUDGET = 56000;

const read = (name) => readFileSync(join(FRONT, name), 'utf8');
const hash = (algorithm, text) => `${algorithm}-${createHash(algorithm).update(text).digest('base64')}`;

/** One classic script out of a module and all it imports, for browsers from about 2018 on. */
async function script(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(FRONT, entry)],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2018',
    charset: 'utf8',
    legalComments: 'inline',
    write: false,
    // BigInt literals become calls, so that a browser without BigInt can read the file and say so.
    logOverride: { bigint: 'silent' },
  });
  return outputFiles[0].text;
}

async function style(...names) {
  const { code } = await transform(names.map(read).join('\n'), { loader: 'css', minify: true, target: 'es2018' });
  return code.trim();
}

const verify = await script('page.js');
// Nothing in it may end the element that it is put into.
const app = (await script('verifier_page.js')).replace(/<\/(?=script)/gi, '<\\/').replace(/<!--/g, '<\\!--');
const css = await style('check.css', 'verifier.css');
const csp = [
  "default-src 'none'", `script-src '${hash('sha256', app)}'`, `style-src '${hash('sha256', css)}'`,
  'connect-src http: https:', "base-uri 'none'", "form-action 'none'",
].join('; ');
const parts = { csp, style: css, script: app };
const html = read('verifier.html').replace(/\{\{(csp|style|script)\}\}/g, (hole, name) => parts[name]);

mkdirSync(OUT, { recursive: true });
const files = { 'verify.js': verify, 'sign.js': await script('sign.js'), 'verifier.html': html, 'check.css': `${await style('check.css')}\n` };
const sizes = {};
for (const [name, text] of Object.entries(files)) {
  writeFileSync(join(OUT, name), text);
  sizes[name] = Buffer.byteLength(text);
  process.stdout.write(`${String(sizes[name]).padStart(8)} bytes  ${name}\n`);
}
const facts = { sizes, integrity: hash('sha384', verify), verifierCsp: csp };
writeFileSync(join(OUT, 'build.json'), `${JSON.stringify(facts, null, 2)}\n`);
if (sizes['verify.js'] > BUDGET) {
  process.stderr.write(`verify.js is beyond its ${BUDGET} bytes\n`);
  process.exitCode = 1;
}
