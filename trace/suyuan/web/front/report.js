/** What a verification found out, for people, pages and programs. */

import { cbvWord } from './event.js';

const TEST_CHAINS = [1337, 31337];

/**
 * The report: `verdict` in the words of formats §7, `complete` yes, unknown or no; `step`, `reason`
 * and `index` of a failure, or the reason of an `unknown`; `size` of the checkpoint, `hidden`,
 * `erased` and `newestRecordTime` of the bundle; `anchor` none, not checked, not final, time not
 * checked or checked, with `blockTime` for the last; `testChain`; `partial`; `witnesses`, null or how
 * many of the `count` that the policy names cosigned: `found`, their `names`, and the `quorum` asked
 * for; `recalls`, the indices of records that say so; and `records`, what each one says.
 */
export function finish(run, failure) {
  const { bundle, policy, anchored, completeness, partial, checkpoint } = run;
  const all = bundle === null ? [] : [...bundle.keys, ...bundle.records].sort((a, b) => a.index - b.index);
  const read = all.filter((record) => record.name !== undefined);
  const erased = erasedLeaves(all, run.checker);
  const records = all.map((record) => tellRecord(record, erased, run.checker));
  const count = (state) => records.filter((record) => record.state === state).length;
  const why = failure ? failure.refused : completeness.why;
  return {
    verdict: failure ? `failed: ${failure.step}: ${failure.refused.message}` : verdict(anchored),
    complete: failure ? (failure.step === 'complete' ? 'no' : 'unknown') : completeness.complete,
    step: failure ? failure.step : null,
    reason: why ? why.message : null,
    template: why ? why.template : null,
    params: why ? why.params : {},
    index: failure ? failure.index : null,
    subject: bundle === null ? null : bundle.subject,
    serial: bundle === null || bundle.serial === null ? null : bundle.serial.serial,
    size: checkpoint === null ? null : checkpoint.size,
    hidden: count('hidden'),
    erased: count('erased'),
    newestRecordTime: read.length ? read.map((record) => record.entry.recordTime).sort().pop() : null,
    anchor: anchored.state === 'checked' && anchored.blockTime === null ? 'time not checked' : anchored.state,
    blockTime: anchored.blockTime === null ? null : new Date(anchored.blockTime).toISOString(),
    testChain: TEST_CHAINS.includes(policy.chainId),
    partial,
    witnesses: run.witnesses,
    fingerprint: policy.fingerprint,
    verifier: run.verifier.name,
    recalls: records.filter((record) => record.recalled).map((record) => record.index),
    records,
  };
}

function verdict(anchored) {
  if (anchored.state === 'none') return 'logged';
  return anchored.state === 'checked' ? 'verified' : 'anchor not checked';
}

/**
 * One record for the page: `state` shown, hidden or erased; `kind` and `value` of its content with
 * the disclosed fields in place; `checked` once it passed its four steps; who signed it, as what.
 */
function tellRecord(record, erased, checker) {
  const { index, json, name = null, entry = null, content = null } = record;
  const suspect = entry !== null && checker.ring.suspect(entry.kid, index);
  return {
    index,
    leaf: name,
    recordTime: entry === null ? null : entry.recordTime,
    kid: entry === null ? null : entry.kid,
    owner: record.owner ?? null,
    role: record.role ?? null,
    suspect,
    checked: record.checked === true,
    state: json !== null ? 'shown' : erased.get(name) > index ? 'erased' : 'hidden',
    kind: content === null ? null : content.kind,
    value: content === null ? null : (record.revealed ?? content.value),
    recalled: content !== null && content.kind === 'event' && cbvWord(content.read.disposition ?? '', 'disposition') === 'recalled',
  };
}

/** The leaf hashes that administrators' erasure records name, with the highest index of those. */
function erasedLeaves(all, checker) {
  const orders = all.filter(
    ({ index, entry, content = null }) =>
      content !== null && content.kind === 'erasure' && checker.ring.activeAdmin(entry.kid, index),
  );
  return new Map(orders.map(({ index, content }) => [content.of, index]));
}
