import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { PageStream, STREAM_LIMITS, type StreamLimits } from '../../src/api/page-stream.js';
import { ViewsNow } from '../../src/api/views-now.js';
import { FakeApi } from '../builders/fake-api-parts.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** The stream alone, with limits that a test can wait for. */
async function streamOf(limits: Partial<StreamLimits>, mayStay: () => Promise<boolean> = async () => true) {
  const fake = new FakeApi();
  const views = new ViewsNow(fake.parts);
  const stream = new PageStream(fake.parts, views, { ...STREAM_LIMITS, ...limits });
  const server: Server = createServer((_request, response) => {
    if (stream.hasPlace) stream.join({ response, headers: {}, lastEventId: undefined, mayStay });
    else response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    stream.close();
    views.close();
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const come = (): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, agent: false }, resolve).on('error', reject);
    });
  return { fake, stream, come };
}

const ended = (response: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    response.resume();
    response.once('close', resolve);
  });

async function until(what: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!what()) {
    if (Date.now() > end) throw new Error(`not within 5 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a page was told. */
class Told {
  text = '';

  constructor(response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (piece: string) => {
      this.text += piece;
    });
    response.on('error', () => undefined);
  }

  // biome-ignore lint/suspicious/noExplicitAny: what came is what the test is about
  of(kind: string): any[] {
    const found = this.text.matchAll(new RegExp(`event: ${kind}\n(?:id: .*\n)?data: (.*)\n\n`, 'g'));
    return [...found].map(([, data = '']) => JSON.parse(data));
  }

  /** of each cache cluster, as was told last */
  get serving(): string {
    return (this.of('clusters').at(-1)?.clusters ?? []).map(({ serving }: { serving: number }) => serving).join();
  }

  /** as was told last */
  keysOf(id: string | undefined): number | undefined {
    return this.of('pods')
      .flatMap(({ pods }) => pods)
      .findLast((pod) => pod.id === id)?.keys;
  }
}

describe('who joins while something is for a moment', () => {
  const boundOf = ({ sight }: FakeApi) => {
    const found = sight.imaginary.pods.find(({ state }) => state.claim.kind === 'bound');
    if (!found) throw new Error('no pod is bound');
    return found;
  };

  test('a trouble: he is told when it has passed, as the others are', async () => {
    const { fake, come } = await streamOf({});
    const first = new Told(await come());
    await until(() => first.serving !== '');
    const healthy = first.serving;
    const pod = boundOf(fake);
    pod.state.up = false;
    fake.sight.look();
    const second = new Told(await come());
    await until(() => second.serving !== '');
    expect(second.serving).not.toBe(healthy);
    pod.state.up = true;
    fake.time += STREAM_LIMITS.tickMs;
    fake.sight.look();
    await until(() => second.serving === healthy && first.serving === healthy);
  });

  test('figures of pods: he is told when they are as before, as the others are', async () => {
    const { fake, come } = await streamOf({});
    const first = new Told(await come());
    await until(() => first.of('pods').length > 0);
    const pod = boundOf(fake);
    const before = pod.state.keys;
    pod.state.keys = before + 5_000;
    fake.sight.look();
    const second = new Told(await come());
    await until(() => second.of('pods').length > 0);
    const id = second.of('pods')[0]?.pods.find(({ keys }: { keys: number }) => keys === before + 5_000)?.id;
    expect(id).toBeDefined();
    pod.state.keys = before;
    fake.time += STREAM_LIMITS.figuresMs;
    fake.sight.look();
    await until(() => second.keysOf(id) === before && first.keysOf(id) === before);
  });
});

describe('places on the stream', () => {
  test('there are so many; whoever goes leaves his to the next', async () => {
    const { stream, come } = await streamOf({ places: 2 });
    const [first] = [await come(), await come()];
    expect((await come()).statusCode).toBe(503);
    first.destroy();
    await until(() => stream.size === 1);
    expect((await come()).statusCode).toBe(200);
  });

  test('who may not read any more is sent away; who cannot be asked about stays', async () => {
    let answer = async (): Promise<boolean> => true;
    let asked = 0;
    const { stream, come } = await streamOf({ askAgainMs: 10 }, () => {
      asked++;
      return answer();
    });
    const response = await come();
    const gone = ended(response);
    answer = async () => {
      throw new Error('the KubeCluster does not answer');
    };
    const before = asked;
    await until(() => asked > before + 3);
    expect(stream.size).toBe(1);
    answer = async () => false;
    await gone;
    await until(() => stream.size === 0);
  });

  test('a heartbeat keeps it open; with nobody there nothing is asked of the farm', async () => {
    const { fake, stream, come } = await streamOf({ heartbeatMs: 10 });
    const response = await come();
    let text = '';
    response.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until(() => text.includes('\n:\n\n'));
    response.destroy();
    await until(() => stream.size === 0);
    let looked = 0;
    fake.sight.last = () => {
      looked++;
      return undefined;
    };
    fake.sight.look();
    fake.sight.happens({ level: 'info', msg: 'unheard' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(looked).toBe(0);
  });

  test('nobody is let in after it has closed', async () => {
    const { stream, come } = await streamOf({});
    const gone = ended(await come());
    stream.close();
    await gone;
    expect((await come()).statusCode).toBe(503);
  });
});
