/** Who becomes the master, and what becomes of the others. */
import {
  boundPod,
  downs,
  MEMBER,
  MOVES,
  NO_ELECTION,
  replicasOf,
  roleOf,
  type Scene,
  standbyPod,
  withReplica,
  withStandby,
} from './sentinel-scenes.js';
import { SENTINELS } from './sentinel-stage.js';

export const FAILOVERS: Readonly<Record<string, Scene>> = {
  'without a standby a dead pod stays the master': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p');
    await stage.untilMet('C::0');
    await stage.servers.pass(2_500);
    await stage.servers.kill('p');
    await stage.until('a failover is given up', () => stage.kinds(/^-failover-abort-no-good-slave$/).length > 0);
    return [downs(stage), stage.kinds(MOVES), await stage.each('SENTINEL GET-MASTER-ADDR-BY-NAME C::0')];
  },

  'a quorum that cannot be met elects nobody': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p', NO_ELECTION);
    await stage.untilMet('C::0');
    await stage.servers.pass(2_500);
    await stage.servers.kill('p');
    await stage.untilField('C::0', 'flags', /s_down/);
    await stage.servers.pass(4_000);
    return [await stage.fields('flags', 'C::0'), stage.kinds(), await stage.each('SENTINEL CKQUORUM C::0')];
  },

  'a name goes to its standby': async (stage) => {
    await withStandby(stage);
    const before = await replicasOf(stage);
    await stage.servers.kill('p');
    const killed = stage.servers.now();
    await stage.untilAt('C::0', 'q');
    const soonEnough = stage.servers.now() - killed < 5_000;
    await stage.servers.pass(1_000);
    return [
      before,
      soonEnough,
      downs(stage).filter((text) => text.includes('master')),
      stage.kinds(MOVES),
      await roleOf(stage, 'q'),
      await replicasOf(stage),
      (await stage.fields('config-epoch', 'C::0')).map((epoch) => Number(epoch) > 1),
      await stage.each('SENTINEL CKQUORUM C::0'),
    ];
  },

  'a standby that lets nobody read INFO is not chosen': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await boundPod(stage, 'q', 'C::1');
    await stage.name('C::0', 'q');
    await stage.untilMet('C::0');
    await Promise.all(
      SENTINELS.map((s, i) => stage.ask(s, stage.hello(SENTINELS[(i + 1) % 3] ?? 's0', 'C::0', 'p', 1))),
    );
    await stage.untilAt('C::0', 'p');
    await stage.servers.pass(3_000);
    await stage.servers.kill('p');
    await stage.until('a failover is given up', () => stage.kinds(/^-failover-abort-no-good-slave$/).length > 0);
    return [await stage.each('SENTINEL GET-MASTER-ADDR-BY-NAME C::0'), await replicasOf(stage), stage.kinds(MOVES)];
  },

  'a replica is promoted, and the old master that is back becomes a replica when it lets': async (stage) => {
    await withReplica(stage);
    await stage.servers.kill('p');
    await stage.untilAt('C::0', 'q');
    const role = await roleOf(stage, 'q');
    await stage.pod('p');
    await stage.claim('p', { kind: MEMBER, partition: 'C::0', epoch: 1 });
    await stage.until('p copies q', async () => (await roleOf(stage, 'p')) === 'slave', 30_000);
    return [role, stage.kinds(MOVES), await roleOf(stage, 'p'), await replicasOf(stage)];
  },

  'an old master that is back locked is left alone': async (stage) => {
    await withReplica(stage);
    await stage.servers.kill('p');
    await stage.untilAt('C::0', 'q');
    await stage.pod('p');
    await stage.servers.pass(13_000);
    return [await roleOf(stage, 'p'), stage.kinds(/^\+convert-to-slave$/), await replicasOf(stage)];
  },

  'INFO of the pod that was the master before counts for the one that is it now': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await standbyPod(stage, 'q');
    await stage.name('C::0', 'q');
    await stage.untilMet('C::0');
    await stage.untilField('C::0', 'runid', /^[0-9a-f]{40}$/);
    await Promise.all(
      SENTINELS.map((s, i) => stage.ask(s, stage.hello(SENTINELS[(i + 1) % 3] ?? 's0', 'C::0', 'p', 1))),
    );
    await stage.servers.pass(15_000);
    return [stage.kinds(/^\+convert-to-slave$/), await roleOf(stage, 'q')];
  },

  'a standby whose master can be read is told to become a replica, and refuses': async (stage) => {
    await standbyPod(stage, 'p');
    await standbyPod(stage, 'q');
    await stage.name('C::0', 'q');
    await stage.untilMet('C::0');
    await Promise.all(
      SENTINELS.map((s, i) => stage.ask(s, stage.hello(SENTINELS[(i + 1) % 3] ?? 's0', 'C::0', 'p', 1))),
    );
    const named = stage.servers.now();
    await stage.until('somebody tries', () => stage.kinds(/^\+convert-to-slave$/).length > 0, 30_000);
    const waitedMs = stage.servers.now() - named;
    await stage.servers.pass(1_000);
    return [waitedMs > 8_000, waitedMs < 14_000, stage.kinds(/^\+convert-to-slave$/), await roleOf(stage, 'q')];
  },

  'a failover that found nobody is tried again after twice its time-out': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p', { 'failover-timeout': '2000' });
    await stage.untilMet('C::0');
    await stage.servers.kill('p');
    await stage.until('a failover is given up', () => stage.kinds(/^-failover-abort-no-good-slave$/).length > 0);
    const first = stage.servers.now();
    await stage.until('a failover is given up', () => stage.told(/^-failover-abort-no-good-slave$/).length > 1);
    const againMs = stage.servers.now() - first;
    return [againMs > 3_500, againMs < 8_000];
  },

  'three names that die at once all get to their standbys': async (stage) => {
    const names = ['C::0', 'C::1', 'C::2'] as const;
    for (const [i, name] of names.entries()) {
      await boundPod(stage, `p${i}`, name);
      await standbyPod(stage, `q${i}`);
      await stage.name(name, `q${i}`, { 'down-after-milliseconds': '60000' });
      for (const [j, s] of SENTINELS.entries())
        await stage.ask(s, stage.hello(SENTINELS[(j + 1) % 3] ?? 's0', name, `p${i}`, 1));
      await stage.untilMet(name);
      await stage.untilSeen(name, 1);
    }
    for (const name of names) await stage.each(`SENTINEL SET ${name} down-after-milliseconds 1000`);
    await Promise.all([0, 1, 2].map((i) => stage.servers.kill(`p${i}`)));
    for (const [i, name] of names.entries()) await stage.untilAt(name, `q${i}`, SENTINELS, 60_000);
    return stage.kinds(/^\+(switch-master|promoted-slave)$/);
  },

  'a replica that copies somebody else is put right': async (stage) => {
    await withReplica(stage);
    await stage.pod('r');
    await stage.claim('r', { kind: MEMBER, partition: 'C::1', epoch: 1 });
    await stage.ask('q', 'REPLICAOF <r>');
    await stage.until(
      'q copies p again',
      async () => {
        const role = await stage.ask('q', 'ROLE');
        return Array.isArray(role) && role[1] === stage.servers.addressOf('p').ip;
      },
      60_000,
    );
    return stage.kinds(/^\+fix-slave-config$/);
  },

  'a name with a standby can be moved by hand while its master lives': async (stage) => {
    await withStandby(stage);
    const said = stage.masked(await stage.ask('s1', 'SENTINEL FAILOVER C::0'));
    await stage.untilAt('C::0', 'q');
    return [said, await roleOf(stage, 'p'), await roleOf(stage, 'q'), await replicasOf(stage), stage.kinds(MOVES)];
  },

  'a failover that is asked for': async (stage) => {
    await withReplica(stage);
    const twice = await Promise.all([
      stage.ask('s0', 'SENTINEL FAILOVER C::0'),
      stage.ask('s0', 'SENTINEL FAILOVER C::0'),
    ]);
    await stage.untilAt('C::0', 'q');
    await stage.until('p copies q', async () => (await roleOf(stage, 'p')) === 'slave', 30_000);
    return [
      stage.masked(twice),
      downs(stage),
      stage.told(/^\+(elected-leader|selected-slave|promoted-slave|failover-end)$/),
    ];
  },

  'a member that serves another name is made a replica of the first': async (stage) => {
    await stage.pod('p', 'q');
    await stage.claim('p', { kind: MEMBER, partition: 'C::0', epoch: 1 });
    await stage.claim('q', { kind: MEMBER, partition: 'C::0', epoch: 1 });
    await stage.ask('q', 'REPLICAOF <p>');
    await stage.until('q copies p', async () =>
      String(await stage.ask('q', 'INFO replication')).includes('master_link_status:up'),
    );
    await stage.name('C::0', 'p');
    await stage.untilMet('C::0');
    await stage.untilSeen('C::0', 1);
    await stage.ask('q', 'REPLICAOF NO ONE');
    await stage.until('q is a replica again', async () => (await roleOf(stage, 'q')) === 'slave', 40_000);
    return stage.kinds(/^(\+convert-to-slave|-role-change)$/);
  },

  'two names that share a standby both go to it': async (stage) => {
    const names = ['C::0', 'C::1'] as const;
    await standbyPod(stage, 'q');
    for (const [i, name] of names.entries()) {
      await boundPod(stage, `p${i}`, name);
      await stage.name(name, 'q', { 'down-after-milliseconds': '60000' });
      for (const [j, s] of SENTINELS.entries())
        await stage.ask(s, stage.hello(SENTINELS[(j + 1) % 3] ?? 's0', name, `p${i}`, 1));
      await stage.untilMet(name);
      await stage.untilSeen(name, 1);
    }
    for (const name of names) await stage.each(`SENTINEL SET ${name} down-after-milliseconds 1000`);
    await Promise.all(['p0', 'p1'].map((pod) => stage.servers.kill(pod)));
    for (const name of names) await stage.untilAt(name, 'q', SENTINELS, 60_000);
    return [await roleOf(stage, 'q'), stage.kinds(/^\+promoted-slave$/)];
  },

  'sentinels that have different addresses for a name do not agree that it is down': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await boundPod(stage, 'q', 'C::0');
    await stage.name('C::0', 'p', {}, ['s0']);
    await stage.name('C::0', 'q', {}, ['s1', 's2']);
    for (const s of SENTINELS)
      for (const from of SENTINELS)
        if (from !== s) await stage.ask(s, stage.hello(from, 'C::0', s === 's0' ? 'p' : 'q', 0));
    await stage.servers.kill('p');
    await stage.untilField('C::0', 'flags', /s_down/, ['s0']);
    await stage.servers.pass(4_000);
    return [await stage.fields('flags', 'C::0'), downs(stage), await stage.fields('num-other-sentinels', 'C::0')];
  },

  'two names at one address go down together': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    for (const name of ['C::0', 'C::1']) await stage.name(name, 'p', { 'failover-timeout': '60000' });
    for (const name of ['C::0', 'C::1']) await stage.untilMet(name);
    await stage.servers.pass(1_000);
    await stage.servers.kill('p');
    for (const name of ['C::0', 'C::1']) await stage.untilField(name, 'flags', /s_down/);
    const down = (name: string): boolean => downs(stage).includes(`+odown master ${name} p 6379`);
    await stage.until('both are down for the group', () => down('C::0') && down('C::1'));
    return downs(stage).filter((text) => text.startsWith('+'));
  },
};
