#!/usr/bin/env node
/**
 * Verifies bundles with the browser's verifier and prints its reports as JSON.
 *
 *     node scripts/verify_bundle.mjs BUNDLE POLICY [SUBJECT] [--rpc URL]…
 *     node scripts/verify_bundle.mjs --many POLICY < paths        one report a line, in order
 *
 * Exit codes: 0 verified and complete, 1 failed, 2 misuse, 3 otherwise; with --many always 0.
 */

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { Refused } from '../trace/suyuan/web/front/errors.js';
import { parsePolicy, verifyBundle } from '../trace/suyuan/web/front/verify.js';

function misuse(text) {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

/** The report without the records' own contents: what two implementations have to agree on. */
async function report(path, policy, options) {
  const { records, ...rest } = await verifyBundle(readFileSync(path), policy, options);
  return rest;
}

function exitCode({ verdict, complete }) {
  if (verdict.startsWith('failed')) return 1;
  return verdict === 'verified' && complete === 'yes' ? 0 : 3;
}

let args;
try {
  args = parseArgs({
    allowPositionals: true,
    options: { many: { type: 'boolean' }, rpc: { type: 'string', multiple: true } },
  });
} catch (error) {
  misuse(error.message);
}
const rpc = args.values.rpc ?? null;
const [first, second, subject = null] = args.positionals;
if (!first || (!args.values.many && !second)) misuse('usage: verify_bundle.mjs BUNDLE POLICY [SUBJECT] [--rpc URL]');

try {
  const policy = parsePolicy(readFileSync(args.values.many ? first : second));
  if (args.values.many) {
    for await (const path of createInterface({ input: process.stdin })) {
      process.stdout.write(`${JSON.stringify(await report(path, policy, { rpc }))}\n`);
    }
  } else {
    const found = await report(first, policy, { subject, rpc });
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    process.exitCode = exitCode(found);
  }
} catch (error) {
  if (!(error instanceof Refused) && error.code !== 'ENOENT') throw error;
  misuse(error.message);
}
