/** What sentinels know of names and of each other, and what is left of it when they start again. */
import { boundPod, connected, DOWN, downs, replicasOf, type Scene, withStandby } from './sentinel-scenes.js';
import { fieldOf, SENTINELS } from './sentinel-stage.js';

export const NAMES: Readonly<Record<string, Scene>> = {
  'sentinels find each other over a pod that lets nothing but hello through': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p');
    await stage.untilMet('C::0');
    await stage.untilField('C::0', 'flags', /^master$/);
    await stage.servers.pass(3_000);
    return [
      await stage.fields('flags', 'C::0'),
      await stage.fields('runid', 'C::0'),
      await stage.each('SENTINEL CKQUORUM C::0'),
      downs(stage),
      await replicasOf(stage),
    ];
  },

  'sentinels that share two names share a link': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await boundPod(stage, 'q', 'C::1');
    await stage.name('C::0', 'p');
    await stage.name('C::1', 'q');
    await stage.untilMet('C::0');
    await stage.untilMet('C::1');
    const replies = await Promise.all(['C::0', 'C::1'].map((name) => stage.ask('s0', `SENTINEL SENTINELS ${name}`)));
    return replies.map((reply) => (reply as unknown[]).map((peer) => fieldOf(peer, 'link-refcount')));
  },

  'a locked pod whose password nobody was told is down': async (stage) => {
    await stage.pod('p');
    await Promise.all(SENTINELS.map((s) => stage.ask(s, 'SENTINEL MONITOR n <p> 2')));
    await stage.each('SENTINEL SET n down-after-milliseconds 1000');
    await stage.untilField('n', 'flags', /s_down/);
    await stage.servers.pass(3_000);
    return [connected(await stage.fields('flags', 'n')), await stage.fields('num-other-sentinels', 'n'), downs(stage)];
  },

  'a password that comes later': async (stage) => {
    await boundPod(stage, 'p', 'n');
    await Promise.all(SENTINELS.map((s) => stage.ask(s, 'SENTINEL MONITOR n <p> 2')));
    await stage.each('SENTINEL SET n down-after-milliseconds 1000');
    await stage.untilField('n', 'flags', /s_down/);
    await Promise.all(
      SENTINELS.map((s) =>
        stage.servers.ask(s, 'barn', ['SENTINEL', 'SET', 'n', 'auth-user', 'sentinel', 'auth-pass', '$sentinel']),
      ),
    );
    await stage.servers.pass(3_000);
    const soon = await stage.fields('flags', 'n');
    await stage.untilField('n', 'flags', /^master$/, SENTINELS, 30_000);
    return [soon, downs(stage)];
  },

  'one sentinel with a wrong password is alone with its belief': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p', {}, ['s0', 's1']);
    await stage.name('C::0', 'p', { 'auth-pass': 'wrong' }, ['s2']);
    await stage.untilField('C::0', 'flags', /s_down/, ['s2']);
    await stage.servers.pass(3_000);
    return [connected(await stage.fields('flags', 'C::0')), stage.told(DOWN)];
  },

  'a sentinel that starts again knows what it knew': async (stage) => {
    await withStandby(stage);
    await stage.servers.kill('s1');
    await stage.sentinel('s1', 'kept');
    await stage.untilField('C::0', 'flags', /^master$/);
    return [
      await stage.each('SENTINEL GET-MASTER-ADDR-BY-NAME C::0'),
      await stage.fields('config-epoch', 'C::0'),
      await stage.fields('num-other-sentinels', 'C::0'),
      await stage.fields('down-after-milliseconds', 'C::0'),
      await replicasOf(stage),
    ];
  },

  'a sentinel that has lost its file knows nothing, and the others count it': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p');
    await stage.untilMet('C::0');
    await stage.servers.kill('s1');
    await stage.sentinel('s1', 'lost');
    await stage.servers.pass(3_000);
    const lost = [
      await stage.each('SENTINEL GET-MASTER-ADDR-BY-NAME C::0'),
      await stage.each('SENTINEL CKQUORUM C::0', ['s0']),
    ];
    await stage.name('C::0', 'p', {}, ['s1']);
    await stage.untilMet('C::0');
    return [lost, await stage.each('SENTINEL CKQUORUM C::0')];
  },

  'an old file with a lower epoch is put right': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await boundPod(stage, 'q', 'C::0');
    await stage.name('C::0', 'p');
    await stage.untilMet('C::0');
    await stage.servers.keepConf('s1');
    await stage.ask('s0', stage.hello('s2', 'C::0', 'q', 3));
    await stage.untilAt('C::0', 'q');
    await stage.servers.kill('s1');
    await stage.sentinel('s1', 'aged');
    await stage.untilAt('C::0', 'q');
    return [await stage.fields('config-epoch', 'C::0'), await replicasOf(stage)];
  },

  'an old file with an equal epoch is wrong for good': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await boundPod(stage, 'q', 'C::0');
    await stage.name('C::0', 'p');
    await stage.untilMet('C::0');
    await stage.servers.keepConf('s1');
    await stage.each('SENTINEL REMOVE C::0');
    await stage.name('C::0', 'q');
    await stage.untilMet('C::0');
    await stage.servers.kill('s1');
    await stage.sentinel('s1', 'aged');
    await stage.servers.pass(5_000);
    return [await stage.fields('ip', 'C::0'), await stage.fields('config-epoch', 'C::0')];
  },

  'a name that is removed on one sentinel is not told it again': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p');
    await stage.untilMet('C::0');
    await stage.ask('s0', 'SENTINEL REMOVE C::0');
    await stage.servers.pass(4_000);
    return [
      await stage.each('SENTINEL GET-MASTER-ADDR-BY-NAME C::0'),
      await stage.each('SENTINEL CKQUORUM C::0', ['s1']),
    ];
  },

  'a hello with a higher epoch reaches all, and options stay': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await boundPod(stage, 'q', 'C::0');
    await stage.name('C::0', 'p');
    await stage.untilMet('C::0');
    await stage.ask('s0', stage.hello('s1', 'C::0', 'q', 7));
    const first = await stage.fields('ip', 'C::0', ['s0']);
    const told = stage.servers.now();
    await stage.untilAt('C::0', 'q');
    const soonEnough = stage.servers.now() - told < 4_500;
    await stage.ask('s0', stage.hello('s1', 'C::0', 'p', 7));
    await stage.ask('s1', stage.hello('s2', 'C::0', 'p', 3));
    await stage.servers.pass(3_000);
    return [
      first,
      soonEnough,
      await stage.fields('ip', 'C::0'),
      await stage.fields('config-epoch', 'C::0'),
      await stage.fields('failover-timeout', 'C::0'),
      await replicasOf(stage),
      stage.kinds(/^\+(switch-master|new-epoch|slave)$/),
      stage.told(/^\+switch-master$/).length,
    ];
  },

  'REMOVE and MONITOR on two of three stays split at an equal epoch': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await boundPod(stage, 'q', 'C::0');
    await stage.name('C::0', 'p');
    await stage.untilMet('C::0');
    for (const s of ['s0', 's1']) await stage.ask(s, 'SENTINEL REMOVE C::0');
    await stage.name('C::0', 'q', {}, ['s0', 's1']);
    await stage.servers.pass(6_000);
    return [
      await stage.fields('ip', 'C::0'),
      await stage.fields('num-other-sentinels', 'C::0'),
      stage.kinds(/^[+-]monitor$/),
      stage.told(/^\+switch-master$/),
    ];
  },

  'a sentinel with a higher epoch drags the others back': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await boundPod(stage, 'q', 'C::0');
    await stage.name('C::0', 'p');
    await stage.untilMet('C::0');
    await stage.ask('s2', stage.hello('s1', 'C::0', 'p', 5));
    await stage.untilField('C::0', 'config-epoch', /^5$/);
    for (const s of ['s0', 's1']) await stage.ask(s, 'SENTINEL REMOVE C::0');
    await stage.name('C::0', 'q', {}, ['s0', 's1']);
    await stage.untilField('C::0', 'config-epoch', /^5$/);
    await stage.untilAt('C::0', 'p');
    return [await stage.fields('config-epoch', 'C::0'), await stage.fields('quorum', 'C::0')];
  },

  'how often the file is written': async (stage) => {
    const ids = { a: 'a'.repeat(40), b: 'b'.repeat(40) };
    const hello = (current: number, ip: string, epoch: number): string =>
      `PUBLISH __sentinel__:hello 10.1.2.1,26379,${ids.a},${current},n,${ip},6379,${epoch}`;
    const vote = (epoch: number, id: string): string => `SENTINEL IS-MASTER-DOWN-BY-ADDR 10.1.1.2 6379 ${epoch} ${id}`;
    const steps: readonly (readonly [user: string, text: string])[] = [
      ['barn', 'SENTINEL MONITOR n 10.1.1.1 6379 2'],
      ['barn', 'SENTINEL MONITOR n 10.1.1.1 6379 2'],
      ['barn', 'SENTINEL SET n quorum 3 down-after-milliseconds 60000 failover-timeout 7000 parallel-syncs 2'],
      ['barn', 'SENTINEL SET n quorum 0'],
      ['barn', 'SENTINEL SET n quorum 2 nothing 0'],
      ['barn', hello(0, '10.1.1.1', 0)],
      ['barn', hello(0, '10.1.1.1', 0)],
      ['barn', hello(0, '10.1.1.1', 1)],
      ['barn', hello(2, '10.1.1.1', 1)],
      ['barn', hello(3, '10.1.1.2', 3)],
      ['barn', hello(3, '10.1.1.2', 3)],
      ['peer', vote(5, ids.a)],
      ['peer', vote(5, ids.b)],
      ['barn', 'SENTINEL FLUSHCONFIG'],
      ['barn', 'SENTINEL REMOVE n'],
    ];
    const told: unknown[] = [];
    for (const [user, text] of steps) {
      const before = stage.servers.rewritesOf('s0');
      await stage.ask('s0', text, user);
      await stage.servers.pass(150);
      told.push([text, stage.servers.rewritesOf('s0') - before]);
    }
    return told;
  },
};
