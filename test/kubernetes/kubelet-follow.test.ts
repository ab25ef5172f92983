import { afterEach, expect, test } from '@jest/globals';
import { until } from '../local/until.js';
import { Follow, type Followed } from './rig/kubelet-follow.js';
import { type KubeHttp, KubeRefusal } from './rig/kubelet-http.js';

const object = (name: string, uid: string, resourceVersion: string): Followed => ({
  metadata: { name, namespace: 'n', uid, resourceVersion },
});

type Told = (event: { type: string; object: unknown }) => void;

/** An API server by hand: a list for each listing, the last one for all that follow; watches end when the test says how. */
class HandMadeApi {
  lists = 0;
  readonly watched: string[] = [];
  told: Told = () => undefined;
  end: () => void = () => undefined;
  break: (error: Error) => void = () => undefined;

  constructor(readonly answers: readonly (Error | { version: string; items: readonly Followed[] })[]) {}

  readonly get = async <T>(): Promise<T> => {
    const answer = this.answers[Math.min(this.lists++, this.answers.length - 1)];
    if (answer === undefined || answer instanceof Error) throw answer;
    return { metadata: { resourceVersion: answer.version }, items: answer.items } as T;
  };

  readonly watch: KubeHttp['watch'] = (path, told, signal) => {
    this.watched.push(path);
    return new Promise((resolve, reject) => {
      this.told = (event) => {
        try {
          told(event);
        } catch (error) {
          reject(error);
        }
      };
      this.end = resolve;
      this.break = reject;
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  };
}

let follow: Follow<Followed> | undefined;
afterEach(() => follow?.stop());

function followed(api: HandMadeApi): { readonly events: string[]; readonly log: string[] } {
  const [events, log]: [string[], string[]] = [[], []];
  const told = ({ metadata }: Followed, gone: boolean) => {
    events.push(`${gone ? '-' : '+'}${metadata.name}/${metadata.uid}@${metadata.resourceVersion}`);
  };
  follow = new Follow(api, '/pods?fieldSelector=x', told, (line) => log.push(line));
  return { events, log };
}

test('it lists, then tells what the watch says, from the version of the list on', async () => {
  const api = new HandMadeApi([{ version: '5', items: [object('p', 'u1', '4')] }]);
  const { events } = followed(api);
  await until('watched', () => api.watched.length === 1);
  expect(api.watched[0]).toMatch(/^\/pods\?fieldSelector=x&watch=true&.*&resourceVersion=5$/);
  api.told({ type: 'MODIFIED', object: object('p', 'u1', '6') });
  api.told({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } });
  api.told({ type: 'DELETED', object: object('p', 'u1', '10') });
  expect(events).toEqual(['+p/u1@4', '+p/u1@6', '-p/u1@10']);
  expect(follow?.objects.size).toBe(0);
});

test('a watch that ends goes on from the last bookmark, without a list', async () => {
  const api = new HandMadeApi([{ version: '5', items: [] }]);
  followed(api);
  await until('watched', () => api.watched.length === 1);
  api.told({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } });
  api.end();
  await until('watched again', () => api.watched.length === 2);
  expect([api.watched[1]?.endsWith('resourceVersion=9'), api.lists]).toEqual([true, 1]);
});

const before = {
  version: '5',
  items: [object('same', 'u1', '1'), object('gone', 'u2', '2'), object('anew', 'u3', '3')],
};
const after = {
  version: '20',
  items: [object('same', 'u1', '1'), object('anew', 'u4', '15'), object('new', 'u5', '16')],
};
const breaks: Record<string, (api: HandMadeApi) => void> = {
  'its version is too old (410)': (api) =>
    api.told({ type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old resource version' } }),
  'its connection breaks': (api) => api.break(new Error('socket hang up')),
  'it is refused (429)': (api) => api.break(new KubeRefusal(429, 'TooManyRequests', 'slow down')),
};
test.each(Object.entries(breaks))('a watch ends because %s: lists again and tells the difference', async (_, cause) => {
  const api = new HandMadeApi([before, new Error('connection refused'), after]);
  const { events, log } = followed(api);
  await until('watched', () => api.watched.length === 1);
  events.length = 0;
  cause(api);
  await until('watched again', () => api.watched.length === 2);
  expect(events).toEqual(['-gone/u2@2', '-anew/u3@3', '+anew/u4@15', '+new/u5@16']);
  expect(api.watched[1]?.endsWith('resourceVersion=20')).toBe(true);
  expect(log).toHaveLength(2);
});
