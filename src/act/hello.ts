import type { Command } from './pod-commands.js';

/** `ip:port` -> [ip, port] */
export const splitAddress = (address: string): readonly [string, string] => {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon), address.slice(colon + 1)];
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
  [...splitAddress(from.address), from.id, epoch, partition, ...splitAddress(address), epoch].join(','),
];
