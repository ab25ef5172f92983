import { describe, expect, test } from '@jest/globals';
import { Channel, type Subscriber } from '../../src/api/addresses/channel.js';
import { seededNumbers } from './addresses-rig.js';

/** Remembers every state that it was told. */
class Hearer implements Subscriber {
  version = 0;
  readonly heard: number[] = [];
  constructor(readonly state: () => number) {}
  tell(): void {
    this.heard.push(this.state());
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function channel(hearers: number): { join: () => Hearer; change: () => void; all: Hearer[]; own: Channel<Hearer> } {
  const own = new Channel<Hearer>();
  let state = 0;
  const join = (): Hearer => {
    const hearer = new Hearer(() => state);
    own.join(hearer);
    return hearer;
  };
  const change = (): void => {
    state++;
    own.changed();
  };
  return { own, join, change, all: Array.from({ length: hearers }, join) };
}

async function quiet(hearers: readonly Hearer[], state: number): Promise<void> {
  for (let turns = 0; turns < 1_000; turns++) {
    await turn();
    if (hearers.every(({ heard }) => heard.at(-1) === state)) break;
  }
  for (let turns = 0; turns < 20; turns++) await turn();
}

describe('a channel', () => {
  test('nobody is told in the turn of the change: it has other work', () => {
    const { all, change } = channel(1);
    change();
    expect(all[0]?.heard).toEqual([]);
  });

  test('who is told first has a change that comes meanwhile as a second one, who is told last has only the newest', async () => {
    const { all, change } = channel(1_000);
    change();
    await turn();
    change();
    await quiet(all, 2);
    expect(all[0]?.heard).toEqual([1, 2]);
    expect(all.at(-1)?.heard).toEqual([2]);
  });

  test('several changes in one turn are told as one', async () => {
    const { all, change } = channel(3);
    change();
    change();
    change();
    await quiet(all, 3);
    expect(all.map(({ heard }) => heard)).toEqual([[3], [3], [3]]);
  });

  test('who joins knows the state, and is told of the next only', async () => {
    const { all, join, change } = channel(600);
    change();
    await turn();
    const late = join();
    await quiet(all, 1);
    expect(late.heard).toEqual([]);
    change();
    await quiet([...all, late], 2);
    expect(late.heard).toEqual([2]);
  });

  test('who leaves is told nothing more, and nobody is passed over for it', async () => {
    const { own, all, change } = channel(600);
    change();
    await turn();
    const gone = all.slice(250, 500);
    const heardBefore = gone.map(({ heard }) => heard.length);
    for (const one of gone) own.leave(one);
    const stay = all.filter((one) => !gone.includes(one));
    await quiet(stay, 1);
    expect(gone.map(({ heard }) => heard.length)).toEqual(heardBefore);
    expect(stay.every(({ heard }) => heard.join() === '1')).toBe(true);
    expect(own.size).toBe(350);
  });

  test('whatever comes in between, all have the newest in the end, in order, and none twice', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const draw = seededNumbers(seed);
      const { own, all, join, change } = channel(draw(900));
      const here = new Set(all);
      let state = 0;
      for (let step = 0; step < 40; step++) {
        const what = draw(4);
        const [someone] = [...here].slice(draw(Math.max(1, here.size)));
        if (what === 0) here.add(join());
        else if (what === 1 && someone) {
          own.leave(someone);
          here.delete(someone);
        } else if (what === 2) {
          change();
          state++;
        } else await turn();
      }
      change();
      await quiet([...here], ++state);
      for (const { heard } of here) {
        expect(heard.at(-1)).toBe(state);
        expect(heard).toEqual([...new Set(heard)].sort((x, y) => x - y));
      }
    }
  });
});
