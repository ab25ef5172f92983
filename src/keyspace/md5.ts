// RFC 1321, 3.4: shift amounts of the four rounds, and the table floor(2^32 * |sin(i + 1)|).
const SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;
const SINES = Uint32Array.from({ length: 64 }, (_, i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))));

/** The message, one 0x80, zeros, and its length in bits, as 32-bit words: a multiple of 16 of them. */
function padded(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array((((bytes.length + 8) >>> 6) + 1) * 16);
  const put = (byte: number, at: number): void => {
    words[at >>> 2] = (words[at >>> 2] ?? 0) | (byte << ((at & 3) * 8));
  };
  bytes.forEach(put);
  put(0x80, bytes.length);
  words[words.length - 2] = bytes.length << 3;
  words[words.length - 1] = Math.floor(bytes.length / 2 ** 29);
  return words;
}

function mix(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 1) return (d & b) | (~d & c);
  return round === 2 ? b ^ c ^ d : c ^ (b | ~d);
}

const wordOf = (round: number, i: number): number => [i, 5 * i + 1, 3 * i + 5, 7 * i][round] as number;

function compress(state: Uint32Array, words: Uint32Array, start: number): void {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let i = 0; i < 64; i++) {
    const round = i >>> 4;
    const word = words[start + (wordOf(round, i) & 15)] ?? 0;
    const sum = (a + mix(round, b, c, d) + word + (SINES[i] ?? 0)) | 0;
    const shift = (SHIFTS[round] ?? SHIFTS[0])[i & 3] ?? 0;
    [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
  }
  [a, b, c, d].forEach((value, i) => {
    state[i] = (state[i] ?? 0) + value;
  });
}

/**
 * MD5 (RFC 1321) as its four little-endian 32-bit words, which is how ketama uses it. Never for secrets.
 * Ours, because this room imports nothing and a FIPS build of Node refuses MD5.
 */
export function md5Words(bytes: Uint8Array): Uint32Array {
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const words = padded(bytes);
  for (let start = 0; start < words.length; start += 16) compress(state, words, start);
  return state;
}
