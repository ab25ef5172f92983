import type { Request } from './history.js';

const KINDS: readonly Request['kind'][] = ['write', 'read', 'write-common', 'read-common'];

/** Thousands a second are written, so a request is a list: kind, partition, key, sent, at, address, seq, value, error. 0 is left out. */
export type RequestLine = readonly [
  kind: number,
  partition: string,
  key: string,
  sent: number,
  at: number,
  address: string | 0,
  seq: number,
  value: string | null | 0,
  error: string | 0,
];

/** Between the requests: when the client's process did not run. */
export type StallLine = readonly [kind: -1, from: number, to: number];

export const isStall = (line: RequestLine | StallLine): line is StallLine => line[0] === -1;

export const stallLine = (from: number, to: number): StallLine => [-1, tenth(from), tenth(to)];

const tenth = (ms: number): number => Math.round(ms * 10) / 10;

export const requestLine = ({ kind, partition, key, sent, at, address, seq, value, error }: Request): RequestLine => [
  KINDS.indexOf(kind),
  partition,
  key,
  tenth(sent),
  tenth(at),
  address ?? 0,
  seq,
  value === undefined ? 0 : value,
  error ?? 0,
];

/** @param client whose file it is */
export function requestOf(client: string, line: RequestLine): Request {
  const [kind, partition, key, sent, at, address, seq, value, error] = line;
  return {
    ...{ client, partition, key, sent, at, seq },
    kind: KINDS[kind] ?? 'read',
    ...(address === 0 ? {} : { address }),
    ...(value === 0 ? {} : { value }),
    ...(error === 0 ? {} : { error }),
  };
}
