import { describe, expect, test } from '@jest/globals';
import { TopologyBook } from '../../src/api/addresses/topology-book.js';
import { put } from '../builders/placed-farm.js';
import { knownOf, opened, type SeenFarm } from './addresses-rig.js';

const NAME = 'User.id';

describe('generation and tag', () => {
  const kill = (seen: SeenFarm, partition: string): void => {
    Object.assign(seen.at(partition).state, { up: false, refused: true });
  };

  test('a look that sees the same changes neither', () => {
    const { seen, book, told } = opened();
    seen.look();
    const first = knownOf(book);
    seen.clock += 1_000;
    seen.look();
    expect(knownOf(book)).toMatchObject({ tag: first.tag, generation: first.generation });
    expect(knownOf(book).head).toBe(first.head);
    expect(told.sort()).toEqual(['Chat.room changed', 'User.id changed']);
  });

  test('each change raises the generation; the tag of the same content is the same again', () => {
    const { seen, book } = opened();
    seen.look();
    const first = knownOf(book);
    kill(seen, `${NAME}::0`);
    seen.look();
    const dead = knownOf(book);
    seen.imaginary.pod(first.addresses[0] ?? '').state.up = true;
    seen.look();
    const again = knownOf(book);
    expect(dead.tag).not.toBe(first.tag);
    expect(again.tag).toBe(first.tag);
    expect(dead.generation).toBeGreaterThan(first.generation);
    expect(again.generation).toBeGreaterThan(dead.generation);
  });

  test('only the cache cluster that changes is told of', () => {
    const { seen, told } = opened();
    seen.look();
    told.length = 0;
    put(seen.imaginary, NAME, 1, seen.idle());
    seen.look();
    expect(told).toEqual(['User.id changed']);
  });

  test('a clock that goes back does not take generations back', () => {
    const { seen, book } = opened();
    seen.look();
    const first = knownOf(book).generation;
    seen.clock -= 3_600_000;
    kill(seen, `${NAME}::0`);
    seen.look();
    expect(knownOf(book).generation).toBeGreaterThan(first);
  });

  test('another process later gives the same tag and a higher generation', () => {
    const { seen, book } = opened();
    seen.look();
    const [before, pass] = [knownOf(book), seen.pass];
    seen.clock += 5;
    const restarted = new TopologyBook(seen.sight, () => seen.clock);
    if (pass) restarted.passed(pass);
    expect(knownOf(restarted).tag).toBe(before.tag);
    expect(knownOf(restarted).generation).toBeGreaterThan(before.generation);
  });

  test('two replicas that see different contents in one ms give them different generations', () => {
    const one = opened();
    const other = opened();
    kill(other.seen, `${NAME}::0`);
    one.seen.look();
    other.seen.look();
    expect(knownOf(one.book).generation).not.toBe(knownOf(other.book).generation);
  });

  test('size counts', () => {
    const { seen, book } = opened();
    seen.look();
    const first = knownOf(book);
    seen.declare((clusters) => clusters.map((one) => (one.clusterName === NAME ? { ...one, clusterSize: 8 } : one)));
    seen.look();
    const grown = knownOf(book);
    expect(grown.addresses).toHaveLength(8);
    expect(grown.addresses.slice(6)).toEqual([null, null]);
    expect(grown.tag).not.toBe(first.tag);
    expect(grown.generation).toBeGreaterThan(first.generation);
  });

  test('generations are whole numbers that every JSON reader holds exactly', () => {
    const { seen, book } = opened();
    seen.look();
    expect(Number.isSafeInteger(knownOf(book).generation)).toBe(true);
    seen.clock = Date.UTC(2200, 0, 1);
    kill(seen, `${NAME}::0`);
    seen.look();
    expect(Number.isSafeInteger(knownOf(book).generation)).toBe(true);
  });
});
