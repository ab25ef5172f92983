/** What sentinels say, in words of ours. */
import type { Answer } from './verdict.js';

/** `+switch-master <name> <ip> ...`, `+monitor master <name> <ip> ...` */
export function nameInEvent(channel: string, text: string): string | undefined {
  const words = text.split(' ');
  return channel === '+switch-master' ? words[0] : words[1];
}

/** For comparing addresses only. */
export const addressText = (answer: Answer | undefined): string =>
  answer?.kind === 'address' ? `${answer.address.host}:${answer.address.port}` : (answer?.kind ?? '');

/**
 * @param address reply of SENTINEL GET-MASTER-ADDR-BY-NAME
 * @param master reply of SENTINEL MASTER: field, value, field, value ...; without it the epoch is 0
 */
export function answerOf(address: unknown, master: unknown): Answer {
  const [host, port] = Array.isArray(address) ? [String(address[0] ?? ''), Number(address[1])] : ['', 0];
  // Nobody could connect there.
  if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535) return { kind: 'unknown' };
  const fields = Array.isArray(master) ? master.map(String) : [];
  const epoch = Number(fields[fields.indexOf('config-epoch') + 1]);
  return {
    kind: 'address',
    address: { host, port },
    // An absurd epoch (poisoned, 2^64-1) would win for ever; it is no evidence.
    epoch: Number.isSafeInteger(epoch) ? epoch : 0,
  };
}
