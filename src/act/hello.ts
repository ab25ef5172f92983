import { splitAddress } from '../farm/words.js';
import type { Command } from './pod-commands.js';

/** `ip:port` -> ip, port as they stand in a command */
export const addressWords = (address: string): readonly [string, string] => {
  const { host, port } = splitAddress(address);
  return [host, String(port)];
};

export interface HelloSender {
  /** `ip:port` of a sentinel of the group other than the one it is sent to */
  readonly address: string;
  /** its run id, 40 hex */
  readonly id: string;
}

/**
 * A sentinel's own gossip (sentinel.c sentinelProcessHelloMessage): `<ip>,<port>,<runid>,<current epoch>,<name>,<ip>,<port>,<config epoch>`.
 * A higher config epoch switches the address at once; an equal or lower one is ignored. The current epoch is sent as high, or a later
 * failover would use the same epoch again (research/reliability.md 5).
 */
export const helloFrom = (from: HelloSender, partition: string, address: string, epoch: number): Command => [
  'PUBLISH',
  '__sentinel__:hello',
  [...addressWords(from.address), from.id, epoch, partition, ...addressWords(address), epoch].join(','),
];
