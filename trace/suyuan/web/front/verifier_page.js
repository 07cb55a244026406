/** The verifier in a single HTML file: two files in, steps, a verdict and the records out. */

import { MAX_BYTES, parseBundle } from './bundle.js';
import { el, empty, icon } from './dom.js';
import { Refused, fill } from './errors.js';
import { Story } from './story.js';
import { CheckView } from './view.js';
import { parsePolicy, verifyBundle } from './verify.js';
import words from './words.json';

const FIRST = 50;
const byId = (id) => document.getElementById(id);

const state = {
  lang: (navigator.language || 'zh').toLowerCase().startsWith('zh') ? 'zh' : 'en',
  bundle: null,
  policy: null,
  /** Told under the file that a reader chose: template and parameters, so that it can be told in the other language. */
  said: { bundle: null, policy: null },
  report: null,
};

const say = () => words[state.lang].verifier;

/** Why these bytes are not what `read` reads, or null. */
function whyNot(read, bytes) {
  try {
    read(bytes);
    return null;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error;
  }
}

const READERS = { bundle: parseBundle, policy: parsePolicy };

/** What a file is, by its content: people drop the right file on the wrong field. */
function kindOf(bytes, field) {
  const other = field === 'bundle' ? 'policy' : 'bundle';
  return whyNot(READERS[field], bytes) !== null && whyNot(READERS[other], bytes) === null ? other : field;
}

async function take(field, file) {
  if (file.size > MAX_BYTES) return tell(field, 'tooLarge');
  const bytes = new Uint8Array(await file.arrayBuffer());
  const kind = kindOf(bytes, field);
  if (kind !== field) tell(field, 'swapped', { what: kind });
  const refused = whyNot(READERS[kind], bytes);
  const parsed = kind === 'policy' && refused === null ? parsePolicy(bytes) : null;
  state.report = null;
  state[kind] = { name: file.name, size: file.size, bytes, parsed };
  tell(kind, refused === null ? null : { bundle: 'badBundle', policy: 'badPolicy' }[kind], { refused });
  return state.bundle && state.policy && state.policy.parsed ? check() : null;
}

function tell(field, word, params = {}) {
  state.said[field] = word === null ? null : { word, params };
  draw();
}

/** A text of the `verifier` words, its parameters in the reader's language too. */
function sentence({ word, params }) {
  const filled = {};
  if (params.what) filled.what = say()[params.what];
  if (params.refused) filled.reason = params.refused.message;
  return fill(say()[word], filled);
}

const plain = (text) => text.toLowerCase().replace(/[^0-9a-f]/g, '');

/** Whether the fingerprint typed in is the policy's: true, false, or null where none is typed. */
function fingerprintSame() {
  const typed = byId('expected').value.trim();
  if (typed === '' || !state.policy || !state.policy.parsed) return null;
  return plain(typed) === plain(state.policy.parsed.fingerprint);
}

async function check() {
  const missing = ['bundle', 'policy'].filter((field) => !state[field] || (field === 'policy' && !state.policy.parsed));
  byId('missing').textContent = missing.length ? fill(say().missing, { what: missing.map((field) => say()[field]).join(say().and) }) : '';
  if (missing.length) return;
  byId('result').hidden = false;
  empty(byId('records'));
  const view = new CheckView(byId('check'), words[state.lang].check, state.lang);
  view.begin();
  if (fingerprintSame() === false) {
    view.stopped('policyOther');
    return;
  }
  const url = byId('rpc').value.trim();
  const subject = byId('subject').value.trim();
  try {
    state.report = await verifyBundle(state.bundle.bytes, state.policy.parsed, {
      rpc: url === '' ? null : [url],
      subject: subject === '' ? null : subject,
      onStep: (told) => view.step(told),
    });
  } catch (error) {
    view.stopped('uncheckable');
    return;
  }
  showReport(view);
}

function showReport(view) {
  view.finish(state.report);
  drawRecords();
  byId('result-title').focus({ preventScroll: false });
}

function drawRecords() {
  const place = empty(byId('records'));
  const { report } = state;
  if (report === null || report.records.length === 0) return;
  const story = new Story(report, words[state.lang].story, state.lang);
  const about = story.names.object(report.subject);
  const serial = report.serial === null ? '' : ` · ${fill(say().serial, { serial: report.serial })}`;
  const lead = el('p', { class: 'lead' }, `${say().about}${story.colon()}${about}${serial}`);
  const body = el('div', {}, lead, timeline(story, story.main()), registrations(story));
  // What failed must not look like a finding: it waits behind a fold.
  const parts = report.step === null
    ? [el('h2', {}, say().proves), el('p', {}, say().provesText), el('h2', {}, say().records), body]
    : [el('details', {}, el('summary', {}, say().recordsFailed), body)];
  parts.forEach((part) => place.appendChild(part));
}

function timeline(story, records) {
  const list = el('ol', { class: 'timeline' });
  const box = el('div', {}, list);
  const show = (upTo) => {
    records.slice(list.childNodes.length, upTo).forEach((record) => list.appendChild(story.item(record)));
  };
  show(FIRST);
  if (records.length > FIRST) {
    const more = el('button', { type: 'button' }, say().showAll);
    const count = el('p', {}, fill(say().showing, { shown: FIRST, total: records.length }), ' ', more);
    more.addEventListener('click', () => {
      show(records.length);
      box.removeChild(count);
    });
    box.appendChild(count);
  }
  return box;
}

function registrations(story) {
  const records = story.others();
  const list = el('ol', { class: 'timeline' }, ...records.map((record) => story.item(record)));
  return el('details', { class: 'others' }, el('summary', {}, fill(say().otherRecords, { count: records.length })), list);
}

/** Everything on the page that is words, in the language of the moment. */
function draw() {
  document.documentElement.lang = state.lang === 'zh' ? 'zh-CN' : 'en';
  document.title = say().title;
  Array.from(document.querySelectorAll('[data-word]')).forEach((element) => {
    element.textContent = say()[element.getAttribute('data-word')];
  });
  for (const field of ['bundle', 'policy']) {
    const file = state[field];
    const line = empty(byId(`${field}-chosen`));
    if (file) {
      line.appendChild(icon('file'));
      line.appendChild(el('span', {}, fill(say().chosen, { name: file.name, size: `${Math.ceil(file.size / 1024)} kB` })));
    } else {
      line.appendChild(el('span', { class: 'hint' }, say().drop));
    }
    const said = state.said[field];
    const wrong = said !== null && said.word !== 'swapped';
    byId(`${field}-said`).textContent = said === null ? '' : sentence(said);
    byId(`${field}-said`).className = wrong ? 'error' : 'said';
    byId(`${field}-field`).className = wrong ? 'field is-wrong' : 'field';
  }
  const policy = state.policy && state.policy.parsed;
  byId('fingerprint').textContent = policy ? fill(say().fingerprint, { fingerprint: policy.fingerprint }) : '';
  const same = fingerprintSame();
  byId('compared').textContent = same === null ? '' : same ? say().same : say().differs;
  byId('compared').className = same === false ? 'said is-bad' : 'said';
}

function wire(field) {
  const box = byId(`${field}-field`);
  const input = byId(field);
  input.addEventListener('change', () => input.files.length && take(field, input.files[0]));
  const stop = (event) => event.preventDefault();
  box.addEventListener('dragover', (event) => {
    stop(event);
    box.classList.add('is-over');
  });
  box.addEventListener('dragleave', () => box.classList.remove('is-over'));
  box.addEventListener('drop', (event) => {
    stop(event);
    box.classList.remove('is-over');
    Array.from(event.dataTransfer.files).slice(0, 2).forEach((file) => take(field, file));
  });
}

function start() {
  byId('app').hidden = false;
  wire('bundle');
  wire('policy');
  byId('expected').addEventListener('input', draw);
  byId('go').addEventListener('submit', (event) => {
    event.preventDefault();
    check();
  });
  byId('language').addEventListener('click', () => {
    state.lang = state.lang === 'zh' ? 'en' : 'zh';
    draw();
    if (!byId('result').hidden) check();
  });
  draw();
}

start();
