/** The anchor: what a bundle says of it, and what the chain says (formats §6, design of the contract). */

import { b64, hex, sameBytes, unhex } from './encoding.js';
import { Unavailable, refuse } from './errors.js';

/** First four bytes of keccak256("rootAt(bytes32,uint64)"). */
export const ROOT_AT = '0x930b6ace';
/** keccak256("HeadExtended(bytes32,uint64,bytes32)"). */
export const HEAD_EXTENDED = '0xc3f8c8a4cdbb0d076a9d9f7dc6828a588f84ae4d72e0ec8d960c184ff5ad7c3f';

const TIMEOUT = 10000;
const NO_ROOT = '0'.repeat(64);

const word = (number) => number.toString(16).padStart(64, '0');

/** Refuses an anchor that is not of this policy's contract and this checkpoint's tree. */
export function checkAnchorFields(anchor, policy, checkpoint) {
  for (const name of ['chainId', 'contract', 'logId']) {
    if (anchor[name] !== policy[name]) refuse('the anchor has another {name} than the policy', { name });
  }
  if (anchor.size !== checkpoint.size || !sameBytes(anchor.root, checkpoint.root)) {
    refuse('the anchor is of another tree than the checkpoint');
  }
}

/**
 * Asks the chain through `call(method, params)`. `{final, blockTime}`: `final` false where the root
 * is there but not yet final, `blockTime` in milliseconds, null where the anchor's hints do not
 * lead to the event. Refuses what the chain contradicts; Unavailable where it does not answer.
 */
export async function askChain(anchor, policy, call) {
  const chainId = Number(await call('eth_chainId', []));
  if (chainId !== policy.chainId) refuse('the chain asked is {found}, not {due}', { found: chainId, due: policy.chainId });
  const genesis = await call('eth_getBlockByNumber', ['0x0', false]);
  if (!genesis || lower(genesis.hash) !== policy.genesis) {
    refuse('the chain asked is another one: its first block differs');
  }
  const due = hex(anchor.root);
  const finalized = await finalizedTag(call);
  let root = await rootAt(call, anchor, policy, finalized);
  const final = root !== NO_ROOT || finalized === 'latest';
  if (!final) root = await rootAt(call, anchor, policy, 'latest');
  if (root === NO_ROOT) refuse('the contract knows no tree of {size}', { size: anchor.size });
  if (root !== due) {
    refuse('the contract has another root for {size}: {root}', { size: anchor.size, root: b64(unhex(root)) });
  }
  return { final, blockTime: await checkedTime(call, anchor, policy) };
}

async function finalizedTag(call) {
  try {
    return (await call('eth_getBlockByNumber', ['finalized', false])) ? 'finalized' : 'latest';
  } catch (error) {
    if (error instanceof RpcError) return 'latest';
    throw error;
  }
}

async function rootAt(call, { size }, { contract, logId }, tag) {
  const data = ROOT_AT + logId.slice(2) + word(size);
  const answer = lower(await call('eth_call', [{ to: contract, data }, tag]));
  return /^0x[0-9a-f]{64}$/.test(answer) ? answer.slice(2) : NO_ROOT;
}

/** The block's time, if the event is where the hints say, in a block that is still of the chain. */
async function checkedTime(call, anchor, policy) {
  const receipt = await call('eth_getTransactionReceipt', [anchor.txHash]);
  const block = await call('eth_getBlockByNumber', [`0x${anchor.blockNumber.toString(16)}`, false]);
  if (!receipt || !block || !Array.isArray(receipt.logs)) return null;
  const time = Number(block.timestamp) * 1000;
  const topics = [HEAD_EXTENDED, policy.logId, `0x${word(anchor.size)}`].join();
  const there =
    lower(block.hash) === anchor.blockHash &&
    lower(receipt.blockHash) === anchor.blockHash &&
    Number(receipt.status) === 1 &&
    time === anchor.blockTime &&
    receipt.logs.some(
      (log) =>
        lower(log.address) === policy.contract &&
        Array.isArray(log.topics) &&
        log.topics.map(lower).join() === topics &&
        lower(log.data) === `0x${hex(anchor.root)}`,
    );
  return there ? time : null;
}

const lower = (text) => (typeof text === 'string' ? text.toLowerCase() : '');

/** The chain answered that it cannot do this. */
export class RpcError extends Unavailable {}

/** `call(method, params)` over the first of `urls` that answers at all. */
export function rpcOver(urls) {
  let left = [...urls];
  return async (method, params) => {
    while (left.length) {
      try {
        return await post(left[0], method, params);
      } catch (error) {
        if (error instanceof RpcError) throw error;
        left = left.slice(1);
      }
    }
    throw new Unavailable('no RPC answers');
  };
}

async function post(url, method, params) {
  const abort = typeof AbortController === 'function' ? new AbortController() : { abort() {} };
  const timer = setTimeout(() => abort.abort(), TIMEOUT);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: abort.signal,
    });
    const answer = await response.json();
    if (answer && answer.error) throw new RpcError(String(answer.error.message));
    if (!answer || !('result' in answer)) throw new Unavailable('no JSON-RPC answer');
    return answer.result;
  } finally {
    clearTimeout(timer);
  }
}
