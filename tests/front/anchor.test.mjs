/** What the chain says, asked through a made-up RPC: formats §6. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';

import { keccak_256 } from '@noble/hashes/sha3.js';

import { HEAD_EXTENDED, ROOT_AT, rpcOver } from '../../trace/suyuan/web/front/anchor.js';
import { hex, unb64, utf8 } from '../../trace/suyuan/web/front/encoding.js';
import { Unavailable } from '../../trace/suyuan/web/front/errors.js';
import { verifyBundle } from '../../trace/suyuan/web/front/verify.js';
import { CONTRACT, GENESIS, LOG_ID, Log, encode } from './log.mjs';

const LOT = 'https://id.gs1.org/01/09521234000044/10/LOT-1';
const word = (number) => number.toString(16).padStart(64, '0');

const log = new Log();
log.event({ action: 'ADD', quantityList: [{ epcClass: LOT }] });
const bundle = log.bundle(LOT);
const root = `0x${hex(unb64(bundle.anchor.root))}`;

/** A chain that holds the anchor; `change` bends what it says. */
function chain(change = {}) {
  const { txHash, blockHash } = bundle.anchor;
  const answers = {
    chainId: '0x7a69',
    genesis: { hash: GENESIS },
    finalized: { number: '0x9' },
    rootAtFinalized: root,
    rootAtLatest: root,
    block: { hash: blockHash, timestamp: `0x${(Date.UTC(2026, 8, 20) / 1000).toString(16)}` },
    receipt: {
      status: '0x1', blockHash, transactionHash: txHash,
      logs: [{ address: CONTRACT.toUpperCase().replace('0X', '0x'), topics: [HEAD_EXTENDED, LOG_ID, `0x${word(3)}`], data: root }],
    },
    ...change,
  };
  const asked = [];
  const call = async (method, params) => {
    asked.push([method, params]);
    const answer = {
      eth_chainId: () => answers.chainId,
      eth_getBlockByNumber: () => ({ '0x0': answers.genesis, finalized: answers.finalized, '0x7': answers.block })[params[0]],
      eth_call: () => (params[1] === 'finalized' ? answers.rootAtFinalized : answers.rootAtLatest),
      eth_getTransactionReceipt: () => (params[0] === txHash ? answers.receipt : null),
    }[method]();
    if (answer instanceof Error) throw answer;
    return answer ?? null;
  };
  return Object.assign(call, { asked });
}

const check = (rpc, json = bundle) => verifyBundle(encode(json), log.policy, { rpc });

test('selector and topic are those of the contract’s interface', () => {
  const name = (text) => `0x${hex(keccak_256(utf8(text)))}`;
  assert.equal(ROOT_AT, name('rootAt(bytes32,uint64)').slice(0, 10));
  assert.equal(HEAD_EXTENDED, name('HeadExtended(bytes32,uint64,bytes32)'));
});

test('an anchor that the chain holds makes it verified, with the block’s time', async () => {
  const rpc = chain();
  const report = await check(rpc);
  assert.deepEqual([report.verdict, report.complete, report.anchor, report.blockTime], ['verified', 'yes', 'checked', '2026-09-20T00:00:00.000Z']);
  const [, [{ to, data }, tag]] = rpc.asked.find(([method]) => method === 'eth_call');
  assert.deepEqual([to, data, tag], [CONTRACT, ROOT_AT + LOG_ID.slice(2) + word(3), 'finalized']);
});

const NO_TIME = {
  'no receipt': { receipt: null },
  'a failed transaction': { receipt: { ...chain().receipt, status: '0x0', logs: [] } },
  'no block': { block: null },
  'another block at that height': { block: { hash: `0x${'66'.repeat(32)}`, timestamp: '0x0' } },
  'another time': { block: { hash: bundle.anchor.blockHash, timestamp: '0x1' } },
};
for (const [what, change] of Object.entries(NO_TIME)) {
  test(`hints that lead to ${what} give no time, but fail nothing`, async () => {
    const report = await check(chain(change));
    assert.deepEqual([report.verdict, report.anchor, report.blockTime], ['verified', 'time not checked', null]);
  });
}

for (const [what, bend] of Object.entries({
  'another contract': { address: LOG_ID.slice(0, 42) },
  'another log': { topics: [HEAD_EXTENDED, GENESIS, `0x${word(3)}`] },
  'another size': { topics: [HEAD_EXTENDED, LOG_ID, `0x${word(4)}`] },
  'another root': { data: GENESIS },
  'another event': { topics: [LOG_ID, LOG_ID, `0x${word(3)}`] },
})) {
  test(`an event of ${what} gives no time`, async () => {
    const good = { address: CONTRACT, topics: [HEAD_EXTENDED, LOG_ID, `0x${word(3)}`], data: root };
    const receipt = { status: '0x1', blockHash: bundle.anchor.blockHash, logs: [{ ...good, ...bend }] };
    assert.equal((await check(chain({ receipt }))).anchor, 'time not checked');
    assert.equal((await check(chain({ receipt: { ...receipt, logs: [{ ...good, ...bend }, good] } }))).anchor, 'checked');
  });
}

for (const [what, [change, reason]] of Object.entries({
  'another chain id': [{ chainId: '0x1' }, /chain asked is 1/],
  'another first block': [{ genesis: { hash: LOG_ID } }, /first block/],
  'no first block': [{ genesis: null }, /first block/],
  'another root': [{ rootAtFinalized: GENESIS }, /another root/],
  'another root, not yet final': [{ rootAtFinalized: `0x${word(0)}`, rootAtLatest: GENESIS }, /another root/],
  'no root': [{ rootAtFinalized: `0x${word(0)}`, rootAtLatest: `0x${word(0)}` }, /knows no tree/],
  'no contract': [{ rootAtFinalized: '0x', rootAtLatest: '0x' }, /knows no tree/],
})) {
  test(`a chain with ${what} fails the anchor`, async () => {
    const report = await check(chain(change));
    assert.equal(report.step, 'anchor');
    assert.match(report.reason, reason);
    assert.equal(report.complete, 'unknown');
  });
}

test('an anchor that is not yet final is not counted as checked', async () => {
  const report = await check(chain({ rootAtFinalized: `0x${word(0)}` }));
  assert.deepEqual([report.verdict, report.anchor, report.blockTime], ['anchor not checked', 'not final', null]);
});

test('a chain that knows no finalized block is asked at its latest', async () => {
  const report = await check(chain({ finalized: null, rootAtFinalized: '0x' }));
  assert.equal(report.verdict, 'verified');
});

test('a chain that does not answer leaves the anchor unchecked', async () => {
  const report = await check(async () => {
    throw new Unavailable('no answer');
  });
  assert.deepEqual([report.verdict, report.complete], ['anchor not checked', 'yes']);
});

test('an anchor of another policy or tree fails without asking', async () => {
  const { anchor } = bundle;
  for (const bend of [{ chainId: 1 }, { contract: LOG_ID.slice(0, 42) }, { logId: GENESIS }, { size: 4 }, { root: log.bundle(`${LOT}2`).records.length ? '' : `${'A'.repeat(43)}=` }]) {
    assert.equal((await check(null, { ...bundle, anchor: { ...anchor, ...bend } })).step, 'anchor', JSON.stringify(bend));
  }
});

test('a record dated after the block that holds it fails', async () => {
  const late = new Log();
  late.event({ action: 'ADD', quantityList: [{ epcClass: LOT }] }, late.coop, { time: Date.UTC(2026, 8, 20, 0, 0, 0, 999) });
  const json = late.bundle(LOT);
  const own = `0x${hex(unb64(json.anchor.root))}`;
  const log3 = { address: CONTRACT, topics: [HEAD_EXTENDED, LOG_ID, `0x${word(3)}`], data: own };
  const receipt = { status: '0x1', blockHash: json.anchor.blockHash, logs: [log3] };
  const at = (block) => verifyBundle(encode({ ...json, anchor: { ...json.anchor, blockTime: `2026-09-${block}.000Z` } }), late.policy, {
    rpc: chain({
      rootAtFinalized: own, receipt,
      block: { hash: json.anchor.blockHash, timestamp: `0x${(Date.parse(`2026-09-${block}Z`) / 1000).toString(16)}` },
    }),
  });
  assert.equal((await at('20T00:00:00')).complete, 'yes', 'the chain counts whole seconds');
  const report = await at('19T23:59:59');
  assert.deepEqual([report.step, report.index], ['complete', null]);
  assert.match(report.reason, /after the block/);
});

test('several RPCs over HTTP: the first that answers, else unavailable', async () => {
  const answers = { '/good': { jsonrpc: '2.0', id: 1, result: '0x7a69' }, '/error': { jsonrpc: '2.0', id: 1, error: { message: 'no' } }, '/odd': [] };
  const server = createServer((request, response) => {
    const answer = answers[request.url];
    response.writeHead(answer ? 200 : 502, { 'content-type': 'application/json' });
    response.end(answer ? JSON.stringify(answer) : 'bad gateway');
  });
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = (path) => `http://127.0.0.1:${server.address().port}${path}`;
  try {
    assert.equal(await rpcOver([url('/gone'), url('/odd'), 'http://127.0.0.1:1/', url('/good')])('eth_chainId', []), '0x7a69');
    await assert.rejects(rpcOver([url('/gone')])('eth_chainId', []), Unavailable);
    await assert.rejects(rpcOver([])('eth_chainId', []), Unavailable);
    await assert.rejects(rpcOver([url('/error'), url('/good')])('eth_chainId', []), /no/);
  } finally {
    server.close();
  }
});
