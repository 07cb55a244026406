/**
 * SHA-256 and SHA-512 (FIPS 180-4), synchronous.
 *
 * Why not a library: WebCrypto has none on plain http pages and answers by promise, which costs more
 * than hashing a record does; the packaged ones are a quarter of what the page may weigh, and call
 * what the phones that need them lack. Everything hashed here is public, so time tells nothing.
 *
 * The constants are computed as the standard defines them: fractional parts of the square and cube
 * roots of the first primes. SHA-256's are the upper halves of SHA-512's.
 */

const MASK = (BigInt(1) << BigInt(64)) - BigInt(1);

function primes(count) {
  const found = [];
  for (let n = 2; found.length < count; n += 1) {
    if (found.every((prime) => n % prime)) found.push(n);
  }
  return found;
}

/** The first 64 bits behind the point of the `degree`-th root of `n`. */
function fraction(n, degree) {
  const target = BigInt(n) << BigInt(64 * degree);
  let root = BigInt(0);
  for (let bit = BigInt(68); bit >= 0; bit -= BigInt(1)) {
    const next = root | (BigInt(1) << bit);
    let power = next;
    for (let i = 1; i < degree; i += 1) power *= next;
    if (power <= target) root = next;
  }
  return root & MASK;
}

const K512 = primes(80).map((prime) => fraction(prime, 3));
const H512 = primes(8).map((prime) => fraction(prime, 2));
const upper = (value) => Number(value >> BigInt(32)) | 0;
const K256 = Int32Array.from(K512.slice(0, 64), upper);
const H256 = Int32Array.from(H512, upper);

/** The message, a one bit, zeros, and its length in bits at the end of a whole block. */
function padded(message, block) {
  const room = block / 8 + 1;
  const bytes = new Uint8Array(Math.ceil((message.length + room) / block) * block);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(bytes.length - 4, message.length << 3);
  return view;
}

const rotate = (x, n) => (x >>> n) | (x << (32 - n));

export function sha256(message) {
  const view = padded(message, 64);
  const state = Int32Array.from(H256);
  const w = new Int32Array(64);
  for (let at = 0; at < view.byteLength; at += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      w[i] = w[i - 16] + s0 + w[i - 7] + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = Array.from(state);
    for (let i = 0; i < 64; i += 1) {
      const t = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K256[i] + w[i]) | 0;
      const u = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + t) | 0;
      d = c;
      c = b;
      b = a;
      a = (t + u) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => {
      state[i] += value;
    });
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((value, i) => digest.setInt32(4 * i, value));
  return new Uint8Array(digest.buffer);
}

const rotate64 = (x, n) => ((x >> BigInt(n)) | (x << BigInt(64 - n))) & MASK;

export function sha512(message) {
  const view = padded(message, 128);
  let state = H512;
  for (let at = 0; at < view.byteLength; at += 128) {
    const w = [];
    for (let i = 0; i < 16; i += 1) w[i] = (BigInt(view.getUint32(at + 8 * i)) << BigInt(32)) | BigInt(view.getUint32(at + 8 * i + 4));
    for (let i = 16; i < 80; i += 1) {
      const [x, y] = [w[i - 15], w[i - 2]];
      const s0 = rotate64(x, 1) ^ rotate64(x, 8) ^ (x >> BigInt(7));
      w[i] = (w[i - 16] + s0 + w[i - 7] + (rotate64(y, 19) ^ rotate64(y, 61) ^ (y >> BigInt(6)))) & MASK;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 80; i += 1) {
      const t = h + (rotate64(e, 14) ^ rotate64(e, 18) ^ rotate64(e, 41)) + ((e & f) ^ (~e & MASK & g)) + K512[i] + w[i];
      const u = (rotate64(a, 28) ^ rotate64(a, 34) ^ rotate64(a, 39)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t) & MASK, c, b, a, (t + u) & MASK];
    }
    state = [a, b, c, d, e, f, g, h].map((value, i) => (value + state[i]) & MASK);
  }
  const digest = new DataView(new ArrayBuffer(64));
  state.forEach((value, i) => {
    digest.setUint32(8 * i, Number(value >> BigInt(32)));
    digest.setUint32(8 * i + 4, Number(value & BigInt(0xffffffff)));
  });
  return new Uint8Array(digest.buffer);
}
