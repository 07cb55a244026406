/** The verification of a bundle, step by step, stopping at the first failure (formats §7). */

import { askChain, checkAnchorFields, rpcOver } from './anchor.js';
import { parseBundle } from './bundle.js';
import { checkComplete } from './complete.js';
import { chooseVerifier } from './ed25519.js';
import { parseDecimal, unb64 } from './encoding.js';
import { Refused, Unavailable, refuse } from './errors.js';
import { lotOfEpc, objectId, packOf } from './identifiers.js';
import { openNote, parseCheckpoint } from './note.js';
import { parsePolicy } from './policy.js';
import { RecordChecker } from './records.js';
import { finish } from './report.js';

export { parsePolicy };

const BREATH = 30;

/** A step that failed, with the record where it did. */
class Failure extends Error {
  constructor(step, refused, index) {
    super(refused.message);
    Object.assign(this, { step, refused, index });
  }
}

/**
 * Checks the bytes of a bundle against a policy, and says so in a report (report.js).
 *
 * `subject` is what the reader holds: any text that names the bundle's subject or the pack of its
 * serial. `rpc` is a list of URLs, or `call(method, params)`; without one the anchor stays
 * unchecked. `only`, a set of indices or a function that chooses one (null: all) among those in the
 * bundle, limits contents, signatures and proofs to these: such a report is `partial` and never
 * complete. `onStep({step, status, done, total})` hears of progress.
 * A malformed bundle is a failed report, never an exception.
 */
export async function verifyBundle(bytes, policy, { subject = null, rpc = null, only = null, onStep = () => {}, verifier = null } = {}) {
  const run = new Run(bytes, policy, { subject, rpc, only, onStep, verifier: verifier ?? (await chooseVerifier()) });
  let failure = null;
  try {
    await run.all();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    failure = error;
    run.tell(error.step, 'failed');
  }
  return finish(run, failure);
}

class Run {
  constructor(bytes, policy, options) {
    Object.assign(this, options, { bytes, policy });
    this.bundle = null;
    this.checker = null;
    this.checkpoint = null;
    this.witnesses = null;
    this.anchored = { state: 'none', blockTime: null };
    this.completeness = { complete: 'unknown', why: null };
    this.partial = false;
    this.heard = performanceNow();
  }

  tell(step, status, done = null, total = null) {
    this.onStep({ step, status, done, total });
  }

  /** `work`, any refusal in it being the failure of `step`. */
  async step(step, index, work) {
    try {
      return await work();
    } catch (error) {
      throw error instanceof Refused ? new Failure(step, error, index) : error;
    }
  }

  async all() {
    this.bundle = await this.step('content', null, () => parseBundle(this.bytes));
    this.checkpoint = await this.step('checkpoint', null, () => claimedTree(this.bundle.checkpoint));
    this.checker = new RecordChecker(this.policy, this.checkpoint, this.verifier);
    const chain = this.askEarly();
    await this.records();
    await this.once('checkpoint', () => this.signedCheckpoint());
    await this.once('anchor', () => this.anchor(chain));
    await this.once('complete', () => this.complete());
  }

  /** The chain's answer takes a while: the question goes out first, and is judged in its turn. */
  askEarly() {
    const { anchor } = this.bundle;
    if (anchor === null || this.rpc === null) return null;
    const call = typeof this.rpc === 'function' ? this.rpc : rpcOver([].concat(this.rpc));
    return askChain(anchor, this.policy, call).then(
      (answer) => ({ answer }),
      (error) => ({ error }),
    );
  }

  async records() {
    const { keys, records } = this.bundle;
    if (keys.length === 0) throw new Failure('key', new Refused('entry 0, the administrator’s key, is missing'), null);
    const only = typeof this.only === 'function' ? this.only([...keys, ...records].map(({ index }) => index).sort((a, b) => a - b)) : this.only;
    const isChosen = ({ index }) => only === null || only.has(index);
    const chosen = records.filter(isChosen);
    this.partial = chosen.length < records.length;
    const total = keys.length + chosen.length;
    let done = 0;
    for (const [list, isKey] of [[keys, true], [chosen, false]]) {
      for (const record of list) {
        const last = done + 1 === total;
        for (const step of ['content', 'key', 'signature', 'inclusion']) {
          await this.step(step, record.index, () => this.checker[step](record, isKey));
          this.tell(step, last ? 'passed' : 'running', done + 1, total);
        }
        this.checker.passed(record);
        done += 1;
        await this.breathe();
      }
    }
    for (const record of records.filter((each) => !isChosen(each))) {
      await this.step('content', record.index, () => this.checker.read(record));
    }
  }

  /** Lets the page draw now and then: a long bundle takes seconds. */
  async breathe() {
    if (performanceNow() - this.heard < BREATH) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
    this.heard = performanceNow();
  }

  async once(step, work) {
    this.tell(step, 'running');
    this.tell(step, (await this.step(step, null, work)) ? 'passed' : 'unknown');
  }

  async signedCheckpoint() {
    const { logKeys, origin, witnesses: { keys, quorum } } = this.policy;
    const { body, cosigned } = await openNote(this.bundle.checkpoint, logKeys, this.verifier, keys);
    if (parseCheckpoint(body).origin !== origin) refuse('the checkpoint is of another log');
    this.witnesses = { found: cosigned.length, count: keys.length, quorum, names: cosigned.map(({ name }) => name).join(', ') };
    if (cosigned.length < quorum) refuse('{found} of {count} witnesses cosigned, {quorum} are asked for', this.witnesses);
    return true;
  }

  /** True where the chain vouches for it; false where that is not known. */
  async anchor(chain) {
    const { anchor } = this.bundle;
    if (anchor === null) return false;
    this.anchored.state = 'not checked';
    checkAnchorFields(anchor, this.policy, this.checkpoint);
    if (chain === null) return false;
    const { answer, error } = await chain;
    if (error instanceof Unavailable) return false;
    if (error) throw error;
    this.anchored.state = answer.final ? 'checked' : 'not final';
    if (answer.final) this.anchored.blockTime = answer.blockTime;
    return answer.final;
  }

  async complete() {
    if (this.subject !== null && !isAbout(this.bundle, this.subject)) {
      refuse('it is about another object: {id}', { id: this.bundle.subject });
    }
    if (this.partial) {
      this.completeness.why = new Refused('only part of the records was checked');
      return false;
    }
    this.completeness = await checkComplete({
      bundle: this.bundle,
      records: [...this.bundle.keys, ...this.bundle.records].sort((a, b) => a.index - b.index),
      owners: this.checker.owners(),
      policy: this.policy,
      checkpoint: this.checkpoint,
      blockTime: this.anchored.blockTime,
      verifier: this.verifier,
    });
    return this.completeness.complete === 'yes';
  }
}

/** Size and root as the checkpoint says them; whether it may say so is a later step's question. */
function claimedTree(note) {
  const [, size, root] = note.split('\n');
  return { size: parseDecimal(size ?? ''), root: unb64(root ?? '', 32) };
}

/** Whether `text`, off a label perhaps, names what the bundle is about. */
function isAbout({ subject, serial }, text) {
  const id = objectId(text);
  if (id === subject) return true;
  const lot = lotOfEpc(text);
  return serial !== null && id !== null && id === packOf(subject, serial.serial) && (lot === null || lot === subject);
}

function performanceNow() {
  return typeof performance === 'object' ? performance.now() : Date.now();
}
