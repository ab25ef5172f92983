import { millis } from '../ui/format.js';

/** Outages and work are told to the millisecond as long as it matters: `9.1 ms`, `1,104 ms`, then `12.3 s`. */
export function exactMs(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return ms < 9_999.5 ? `${Math.round(ms).toLocaleString('en-US')} ms` : millis(ms);
}
