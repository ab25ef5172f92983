/** Pods and sentinels that die, hang, restart or tilt. */
import { boundPod, connected, downs, MEMBER, NO_ELECTION, type Scene, withStandby } from './sentinel-scenes.js';
import { SENTINELS } from './sentinel-stage.js';

export const DEATHS: Readonly<Record<string, Scene>> = {
  'a master that is told to be down for a while after a restart blinks': async (stage) => {
    await stage.pod('p');
    await stage.claim('p', { kind: MEMBER, partition: 'C::0', epoch: 1 });
    await stage.name('C::0', 'p', { 'down-after-milliseconds': '5000', 'master-reboot-down-after-period': '1' });
    await stage.untilMet('C::0');
    await stage.untilField('C::0', 'runid', /^[0-9a-f]{40}$/);
    await stage.servers.kill('p');
    await stage.pod('p');
    await stage.claim('p', { kind: MEMBER, partition: 'C::0', epoch: 2 });
    await stage.until('all say +reboot', () => stage.told(/^\+reboot$/).length === 3);
    // Each finds it down from the next turn of its timer to the next PONG: all may say that it is up before the first of them does.
    let flags: readonly unknown[] = [];
    await stage.until('all say that it is up', async () => {
      flags = await stage.fields('flags', 'C::0');
      return flags.every((one) => one === 'master');
    });
    return [stage.kinds(/^\+reboot$/), flags];
  },

  'a sentinel that is dead is down for the others, and counts': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p');
    await stage.untilMet('C::0');
    await stage.servers.kill('s2');
    await stage.until('s2 is down', () => stage.told(/^\+sdown$/).length === 2);
    const one = await stage.each('SENTINEL CKQUORUM C::0', ['s0', 's1']);
    await stage.sentinel('s2', 'kept');
    await stage.until('s2 is up', () => stage.told(/^-sdown$/).length === 2);
    return [one, await stage.each('SENTINEL CKQUORUM C::0'), downs(stage)];
  },

  'a master that restarts within down-after is only seen to reboot': async (stage) => {
    await stage.pod('p');
    await stage.claim('p', { kind: MEMBER, partition: 'C::0', epoch: 1 });
    await stage.name('C::0', 'p', { 'down-after-milliseconds': '5000' });
    await stage.untilMet('C::0');
    await stage.untilField('C::0', 'runid', /^[0-9a-f]{40}$/);
    await stage.servers.kill('p');
    await stage.pod('p');
    await stage.claim('p', { kind: MEMBER, partition: 'C::0', epoch: 2 });
    await stage.until('all say +reboot', () => stage.told(/^\+reboot$/).length === 3);
    return [downs(stage), stage.kinds(/^\+reboot$/), await stage.fields('flags', 'C::0')];
  },

  'a master that is dead for down-after and comes back is up again': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p', NO_ELECTION);
    await stage.untilMet('C::0');
    await stage.servers.kill('p');
    await stage.untilField('C::0', 'flags', /s_down/);
    await boundPod(stage, 'p', 'C::0');
    await stage.untilField('C::0', 'flags', /^master$/);
    return downs(stage);
  },

  'the link to a dead pod is gone at once': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p', { 'down-after-milliseconds': '20000' });
    await stage.untilMet('C::0');
    await stage.untilField('C::0', 'flags', /^master$/);
    await stage.servers.kill('p');
    await stage.untilField('C::0', 'flags', /^master,disconnected$/, SENTINELS, 3_000);
    return downs(stage);
  },

  'a pod that hangs keeps its link, is down, and is up again when it goes on': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p', NO_ELECTION);
    await stage.untilMet('C::0');
    await stage.untilField('C::0', 'flags', /^master$/);
    stage.servers.pause('p');
    await stage.untilField('C::0', 'flags', /s_down/);
    const flags = await stage.fields('flags', 'C::0');
    stage.servers.resume('p');
    await stage.untilField('C::0', 'flags', /^master$/);
    return [flags, downs(stage)];
  },

  'whose AUTH was refused keeps that connection and calls the pod down for good; whose PING alone was is well again':
    async (stage) => {
      await boundPod(stage, 'p', 'C::0');
      await boundPod(stage, 'q', 'D::0');
      await stage.each('SENTINEL DEBUG ping-period 250');
      await stage.name('C::0', 'p', NO_ELECTION);
      await stage.name('D::0', 'q', NO_ELECTION);
      for (const name of ['C::0', 'D::0']) await stage.untilField(name, 'flags', /^master$/);
      await stage.ask('p', 'ACL SETUSER sentinel off');
      await stage.ask('p', 'CLIENT KILL USER sentinel');
      await stage.ask('q', 'ACL SETUSER sentinel -ping');
      for (const name of ['C::0', 'D::0']) await stage.untilField(name, 'flags', /s_down/);
      await stage.ask('p', 'ACL SETUSER sentinel on');
      await stage.ask('q', 'ACL SETUSER sentinel +ping');
      await stage.untilField('D::0', 'flags', /^master$/);
      await stage.servers.pass(18_000);
      return [connected(await stage.fields('flags', 'C::0')), await stage.fields('flags', 'D::0')];
    },

  'two sentinels of three are dead: nobody can agree': async (stage) => {
    await withStandby(stage);
    await stage.servers.kill('s1');
    await stage.servers.kill('s2');
    await stage.servers.kill('p');
    await stage.untilField('C::0', 'flags', /s_down/, ['s0']);
    await stage.servers.pass(4_000);
    return [
      await stage.fields('flags', 'C::0', ['s0']),
      await stage.each('SENTINEL CKQUORUM C::0', ['s0']),
      await stage.each('SENTINEL GET-MASTER-ADDR-BY-NAME C::0', ['s0']),
    ];
  },

  'a name at a dead address is down for each alone, until hellos make them known': async (stage) => {
    await stage.pod('p');
    await stage.servers.kill('p');
    await stage.name('C::0', 'p');
    await stage.untilField('C::0', 'flags', /s_down/);
    await stage.servers.pass(2_500);
    const alone = [await stage.fields('num-other-sentinels', 'C::0'), stage.kinds(/^\+odown$/)];
    for (const s of SENTINELS)
      for (const from of SENTINELS) if (from !== s) await stage.ask(s, stage.hello(from, 'C::0', 'p', 0));
    await stage.until('odown', () => stage.kinds(/^\+odown$/).length > 0);
    return [alone, await stage.fields('num-other-sentinels', 'C::0')];
  },

  'a sentinel that was stopped tilts, says of nobody that it is down, and takes what it is told': async (stage) => {
    await boundPod(stage, 'p', 'C::0');
    await stage.name('C::0', 'p', NO_ELECTION);
    await stage.untilMet('C::0');
    await stage.ask('s0', 'SENTINEL DEBUG tilt-period 4000');
    stage.servers.pause('s0');
    await stage.servers.pass(3_000);
    await stage.servers.kill('p');
    stage.servers.resume('s0');
    await stage.until('s0 tilts', () => stage.told(/^\+tilt$/).length > 0);
    const tilted = /sentinel_tilt:\d/.exec(String(await stage.ask('s0', 'INFO sentinel')))?.[0];
    await stage.untilField('C::0', 'flags', /s_down/, ['s1', 's2']);
    const [flags] = await stage.fields('flags', 'C::0', ['s0']);
    const vote = stage.masked(await stage.ask('s0', 'SENTINEL IS-MASTER-DOWN-BY-ADDR <p> 0 *', 'peer'));
    const taken = stage.masked(await stage.ask('s0', 'SENTINEL MONITOR other 10.1.1.1 6379 2'));
    await stage.until('it is over', () => stage.told(/^-tilt$/).length > 0);
    await stage.untilField('C::0', 'flags', /s_down/);
    return [tilted, String(flags).replace(/,disconnected/, ''), vote, taken, stage.told(/^[+-]tilt$/)];
  },
};
