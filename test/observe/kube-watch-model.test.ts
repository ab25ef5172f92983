import { afterEach, test } from '@jest/globals';
import { record } from '../../src/farm/loose.js';
import { KubeWatch } from '../../src/observe/kube-watch.js';
import { until } from '../local/until.js';
import { type Answer, bookmark, ending, event, type Item, item, list, refused, ScriptedApi } from './scripted-api.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** mulberry32: the same numbers for the same seed */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PAGE = 4;

/** A list with a history, served with every fault there is: as often as not a request fails, and each stream in its own way. */
class Model {
  #version = 100;
  #forgotten = 100;
  readonly #items = new Map<string, Item>();
  readonly #events: { readonly version: number; readonly line: string }[] = [];
  faults = true;

  constructor(readonly chance: () => number) {}

  get state(): readonly string[] {
    return [...this.#items.values()].map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`).sort();
  }

  write(): void {
    const name = `n${Math.floor(this.chance() * 9)}`;
    const known = this.#items.get(name);
    const version = ++this.#version;
    const deletes = known !== undefined && this.chance() < 0.4;
    const fresh = item(name, version, { uid: known?.metadata.uid ?? `uid-${version}` });
    if (deletes) this.#items.delete(name);
    else this.#items.set(name, fresh);
    const type = deletes ? 'DELETED' : known ? 'MODIFIED' : 'ADDED';
    this.#events.push({ version, line: event(type, fresh) });
    if (this.chance() < 0.1) this.#forgotten = version;
  }

  answer: Answer = (response, url) => {
    const { searchParams } = url;
    const fails = this.faults && this.chance() < 0.4;
    if (searchParams.get('watch') === 'true')
      return this.#watch(Number(searchParams.get('resourceVersion')), fails)(response, url);
    if (fails) return this.#failure()(response, url);
    return this.#list(searchParams)(response, url);
  };

  #list(query: URLSearchParams): Answer {
    const [version = this.#version, from = 0] = (query.get('continue') ?? '').split('/').filter(Boolean).map(Number);
    // Pages are of one version: any write between two of them makes the token expire.
    if (version !== this.#version) return refused(410);
    const all = [...this.#items.values()];
    const limit = Number(query.get('limit') ?? all.length);
    const next = from + limit < all.length ? `${version}/${from + limit}` : undefined;
    if (this.faults && this.chance() < 0.3) this.write();
    return list(version, all.slice(from, from + limit), next);
  }

  #watch(from: number, fails: boolean): Answer {
    if (from < this.#forgotten) return refused(410);
    const lines = this.#events.filter(({ version }) => version > from).map(({ line }) => line);
    // At least once: some lines come twice.
    const told = lines.flatMap((line) => (this.chance() < 0.2 ? [line, line] : [line]));
    if (!fails) return ending(30, ...told, bookmark(this.#version));
    const cut = told.join('').slice(0, Math.floor(this.chance() * (told.join('').length + 1)));
    return (response, url) => {
      ending(20, cut)(response, url);
      if (this.chance() < 0.5) setTimeout(() => response.socket?.resetAndDestroy(), 5);
    };
  }

  #failure(): Answer {
    const code = [429, 500, 503, 410][Math.floor(this.chance() * 4)] ?? 500;
    if (this.chance() < 0.7) return refused(code);
    return (response, url) => {
      ending(1_000, '{"metadata":{"resourceVersion":"')(response, url);
      setTimeout(() => response.socket?.resetAndDestroy(), 5);
    };
  }
}

test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
  'whatever fails while whatever is written, what is remembered is in the end what there is (seed %i)',
  async (seed) => {
    const model = new Model(random(seed));
    for (let i = 0; i < 8; i++) model.write();
    const api = await new ScriptedApi(model.answer).start();
    const watch = new KubeWatch<string>({
      endpoint: api,
      listing: { path: '/api/v1/nodes' },
      keep: ({ metadata }) => `${record(metadata).name} ${record(metadata).resourceVersion}`,
      changed: () => undefined,
      times: { pageSize: PAGE, answerMs: 500, rest: () => 2 },
    });
    ends.push(
      () => api.stop(),
      () => watch.stop(),
    );
    watch.start();
    for (let i = 0; i < 40; i++) {
      model.write();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    model.faults = false;
    await until('all is as it is', () => [...watch.items].sort().join() === model.state.join());
  },
);
