import { describe, expect, test } from '@jest/globals';
import { Network } from './network.js';
import type { ClientSide, Command, Listener, Reply, ServerSide } from './parts.js';
import { Scheduler } from './scheduler.js';
import { SimProcess } from './sim-process.js';

/** Answers with what it is told, and remembers it. */
class Echo implements Listener {
  readonly heard: string[] = [];
  closes = 0;
  constructor(readonly address: string) {}
  accepted(): void {}
  execute(_: ServerSide, command: Command): Reply {
    this.heard.push(command.join(' '));
    return command[0] ?? null;
  }
  closed(): void {
    this.closes++;
  }
}

function stage() {
  const scheduler = new Scheduler(1);
  const network = new Network(scheduler);
  for (const ip of ['10.0.0.1', '10.0.0.2']) network.addMachine(ip, 'a');
  const [client, server] = [
    new SimProcess(network, 'client', '10.0.0.1'),
    new SimProcess(network, 'server', '10.0.0.2'),
  ];
  const echo = new Echo('10.0.0.2:1');
  network.listen(server, echo);
  const events: string[] = [];
  let side: ClientSide | undefined;
  const connect = (address = echo.address): void =>
    client.connect(address, 1_000, (end) => {
      events.push(typeof end === 'string' ? end : 'connected');
      if (typeof end === 'string') return;
      side = end;
      end.onClose(() => events.push('closed'));
    });
  const send = (...words: readonly string[]): void =>
    side?.send(words, (reply) => events.push(`${words[0]}: ${reply}`));
  const atOnce = (...words: readonly string[]): Reply | undefined => side?.atOnce?.(words);
  return { scheduler, network, client, server, echo, events, connect, send, atOnce };
}

describe('A connection of the simulated network', () => {
  test('answers in order, however long each message takes', async () => {
    const { scheduler, echo, events, connect, send } = stage();
    connect();
    await scheduler.run(50);
    for (let i = 0; i < 20; i++) send(String(i));
    await scheduler.run(100);
    expect(echo.heard).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
    expect(events).toEqual(['connected', ...echo.heard.map((word) => `${word}: ${word}`)]);
  });

  test('answers all commands of one write in one', async () => {
    const { scheduler, client, events, connect, send } = stage();
    connect();
    await scheduler.run(50);
    const before = scheduler.events;
    for (const word of ['one', 'two', 'three']) {
      client.writing = word !== 'one';
      send(word);
    }
    client.writing = false;
    await scheduler.run(100);
    expect(events).toEqual(['connected', 'one: one', 'two: two', 'three: three']);
    expect(scheduler.events - before).toBe(2);
  });

  test('answers at once only while nothing is in the way', async () => {
    const { scheduler, network, server, connect, send, atOnce } = stage();
    connect();
    expect(atOnce('early')).toBeUndefined();
    await scheduler.run(50);
    expect(atOnce('now')).toBe('now');
    send('under way');
    expect(atOnce('behind it')).toBeUndefined();
    await scheduler.run(100);
    network.cut('10.0.0.2', '10.0.0.1');
    expect(atOnce('cut')).toBeUndefined();
    network.mend('10.0.0.2', '10.0.0.1');
    network.slow('10.0.0.1', '10.0.0.2', 5);
    expect(atOnce('slow')).toBeUndefined();
    network.slow('10.0.0.1', '10.0.0.2', 0);
    server.pause();
    expect(atOnce('hangs')).toBeUndefined();
    server.resume();
    expect(atOnce('again')).toBe('again');
    server.kill();
    expect(atOnce('dead')).toBeUndefined();
  });

  test('is refused where nobody listens, and silent where the machine is down or cut off', async () => {
    const { scheduler, network, events, connect } = stage();
    connect('10.0.0.2:2');
    await scheduler.run(100);
    network.powerOff('10.0.0.2');
    connect();
    await scheduler.run(2_000);
    network.powerOn('10.0.0.2');
    network.cut('10.0.0.2', '10.0.0.1');
    connect();
    await scheduler.run(4_000);
    expect(events).toEqual(['refused', 'silent', 'silent']);
  });

  test('that is cut holds what is on its way until it is mended', async () => {
    const { scheduler, network, echo, events, connect, send } = stage();
    connect();
    await scheduler.run(50);
    network.cut('10.0.0.1', '10.0.0.2');
    send('late');
    await scheduler.run(5_000);
    expect(echo.heard).toEqual([]);
    network.mend('10.0.0.1', '10.0.0.2');
    await scheduler.run(6_000);
    expect(events).toEqual(['connected', 'late: late']);
  });

  test('closes at once when its process is killed, and not when its machine loses power', async () => {
    const { scheduler, network, server, events, connect, send } = stage();
    connect();
    await scheduler.run(50);
    network.powerOff('10.0.0.2');
    server.vanish();
    send('lost');
    await scheduler.run(5_000);
    expect(events).toEqual(['connected']);
    network.powerOn('10.0.0.2');
    await scheduler.run(6_000);
    expect(events).toEqual(['connected', 'lost: lost', 'closed']);
  });

  test('of a process that hangs is taken, and answered when it goes on', async () => {
    const { scheduler, server, events, connect, send } = stage();
    server.pause();
    connect();
    await scheduler.run(500);
    send('wait');
    await scheduler.run(2_000);
    expect(events).toEqual(['connected']);
    server.resume();
    await scheduler.run(3_000);
    expect(events).toEqual(['connected', 'wait: wait']);
  });
});

test('the end of a client is the end of its connections at the server', async () => {
  const { scheduler, client, echo, connect } = stage();
  connect();
  await scheduler.run(50);
  client.kill();
  await scheduler.run(100);
  expect(echo.closes).toBe(1);
});
