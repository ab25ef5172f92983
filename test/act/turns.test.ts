import { describe, expect, jest, test } from '@jest/globals';
import { Turns } from '../../src/act/turns.js';

const ORDERLY = { urgent: false, rests: false };
const RESTING = { urgent: false, rests: true };
const URGENT = { urgent: true, rests: false };

describe('turns at a target', () => {
  /** Work that says when it begins and takes so long, ms; begun: what has begun, in order. */
  const scene = () => {
    const turns = new Turns();
    const begun: string[] = [];
    const work = (name: string, ms: number) => (): Promise<string> => {
      begun.push(name);
      return new Promise((resolve) => setTimeout(() => resolve(name), ms));
    };
    return { turns, begun, work };
  };
  const withClock = async (run: () => Promise<void>): Promise<void> => {
    jest.useFakeTimers();
    try {
      await run();
    } finally {
      jest.useRealTimers();
    }
  };
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

  test('come one at a time and in order, each target for itself', () =>
    withClock(async () => {
      const { turns, begun, work } = scene();
      for (const name of ['a1', 'a2']) void turns.take('a', ORDERLY, work(name, 10));
      void turns.take('b', ORDERLY, work('b1', 10));
      await pass(0);
      expect(begun).toEqual(['a1', 'b1']);
      await pass(10);
      expect(begun).toEqual(['a1', 'b1', 'a2']);
    }));

  test('of the urgent come before all that wait, in their own order', () =>
    withClock(async () => {
      const { turns, begun, work } = scene();
      for (const name of ['1', '2', '3']) void turns.take('a', RESTING, work(name, 10));
      await pass(0);
      for (const name of ['u1', 'u2']) void turns.take('a', URGENT, work(name, 5));
      await pass(15);
      expect(begun).toEqual(['1', 'u1', 'u2']);
      await pass(100);
      expect(begun).toEqual(['1', 'u1', 'u2', '2', '3']);
    }));

  test('leave a target that rests alone for as long as it worked, but for the urgent', () =>
    withClock(async () => {
      const { turns, begun, work } = scene();
      for (const name of ['1', '2']) void turns.take('a', RESTING, work(name, 50));
      await pass(60);
      void turns.take('a', URGENT, work('u', 5));
      await pass(0);
      expect(begun).toEqual(['1', 'u']);
      await pass(39);
      expect(begun).toEqual(['1', 'u']);
      await pass(1);
      expect(begun).toEqual(['1', 'u', '2']);
    }));

  test('rest 200 ms at most, however long the work took', () =>
    withClock(async () => {
      const { turns, begun, work } = scene();
      for (const name of ['1', '2']) void turns.take('a', RESTING, work(name, 3_000));
      await pass(3_199);
      expect(begun).toEqual(['1']);
      await pass(1);
      expect(begun).toEqual(['1', '2']);
    }));

  test('give back what the work came to, and an error keeps nobody waiting', async () => {
    const turns = new Turns();
    const thrown = turns.take('a', ORDERLY, () => {
      throw new Error('at once');
    });
    const rejected = turns.take('a', ORDERLY, () => Promise.reject(new Error('later')));
    const value = turns.take('a', ORDERLY, async () => 7);
    await expect(thrown).rejects.toThrow('at once');
    await expect(rejected).rejects.toThrow('later');
    expect(await value).toBe(7);
  });
});
