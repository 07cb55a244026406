/** JSON that two readers cannot understand differently (formats §0). */

import { fromUtf8 } from './encoding.js';
import { refuse } from './errors.js';

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const PLAIN = /[^"\\\u0000-\u001f\ud800-\udfff]*/y;
const ESCAPES = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/**
 * The value of a JSON text, objects without prototype. Refuses duplicate keys, lone surrogates,
 * nesting beyond `maxDepth` (the outermost is 1), and numbers that JCS would not write with the
 * same value or that are larger than 2^53−1.
 */
export function parseJson(input, maxDepth = 32) {
  const text = typeof input === 'string' ? input : fromUtf8(input);
  return new Parser(text, maxDepth).document();
}

class Parser {
  constructor(text, maxDepth) {
    this.text = text;
    this.at = 0;
    this.maxDepth = maxDepth;
  }

  document() {
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) this.refuse('more text after the value');
    return value;
  }

  refuse(what) {
    refuse('not strict JSON, character {at}: {what}', { at: this.at + 1, what });
  }

  space() {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at += 1;
    }
  }

  /** True, and moved past it, if the next significant character is `char`. */
  take(char) {
    this.space();
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }

  expect(char) {
    if (!this.take(char)) this.refuse(`"${char}" is missing`);
  }

  value(depth) {
    this.space();
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth + 1);
      case '[':
        return this.array(depth + 1);
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  word(word, value) {
    if (!this.text.startsWith(word, this.at)) this.refuse('no value');
    this.at += word.length;
    return value;
  }

  enter(depth) {
    if (depth > this.maxDepth) this.refuse(`nested deeper than ${this.maxDepth}`);
    this.at += 1;
  }

  object(depth) {
    this.enter(depth);
    const object = Object.create(null);
    if (this.take('}')) return object;
    do {
      this.space();
      if (this.text[this.at] !== '"') this.refuse('no name');
      const name = this.string();
      if (name in object) this.refuse('a name twice in one object');
      this.expect(':');
      object[name] = this.value(depth);
    } while (this.take(','));
    this.expect('}');
    return object;
  }

  array(depth) {
    this.enter(depth);
    const array = [];
    if (this.take(']')) return array;
    do array.push(this.value(depth));
    while (this.take(','));
    this.expect(']');
    return array;
  }

  string() {
    this.at += 1;
    let value = '';
    for (;;) {
      PLAIN.lastIndex = this.at;
      value += PLAIN.exec(this.text)[0];
      this.at = PLAIN.lastIndex;
      const char = this.text[this.at];
      if (char === '"') break;
      value += char === '\\' ? this.escape() : this.pair();
    }
    this.at += 1;
    return value;
  }

  escape() {
    const char = this.text[this.at + 1];
    if (char === 'u') return this.pair();
    if (!(char in ESCAPES)) this.refuse('no such escape');
    this.at += 2;
    return ESCAPES[char];
  }

  /** One code unit, written or escaped, with the other half where it is a surrogate. */
  pair() {
    const first = this.unit();
    if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
    const second = first < 0xdc00 ? this.unit() : 0;
    if (second < 0xdc00 || second > 0xdfff) this.refuse('half a surrogate pair');
    return String.fromCharCode(first, second);
  }

  unit() {
    const code = this.text.charCodeAt(this.at);
    if (code !== 92) {
      if (!(code >= 32)) this.refuse('a control character, or the end, within a text');
      this.at += 1;
      return code;
    }
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (this.text[this.at + 1] !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) {
      this.refuse('no such escape');
    }
    this.at += 6;
    return parseInt(digits, 16);
  }

  number() {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (found === null) this.refuse('no value');
    const number = Number(found[0]);
    if (!(Math.abs(number) <= Number.MAX_SAFE_INTEGER)) this.refuse('a number beyond 2^53−1');
    if (exact(found[0]) !== exact(String(number))) this.refuse('a number of too many digits');
    this.at += found[0].length;
    return number;
  }
}

/** The exact decimal value, as sign, digits without zeros at the ends, and a power of ten. */
function exact(text) {
  const [, sign, whole, fraction = '', exponent = '0'] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text);
  const digits = (whole + fraction).replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  if (short === '') return '0';
  return `${sign}${short}e${Number(exponent) - fraction.length + digits.length - short.length}`;
}
