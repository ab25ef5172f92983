const encoder = new TextEncoder();
// Reused for short keys: allocating for every key costs more than hashing it.
const scratch = new Uint8Array(1_536);

/** The UTF-8 bytes of a text. Valid until the next call: hash them at once. A lone surrogate becomes U+FFFD, as Redis clients send it. */
export function utf8(text: string): Uint8Array {
  if (text.length * 3 > scratch.length) return encoder.encode(text);
  return scratch.subarray(0, encoder.encodeInto(text, scratch).written);
}
