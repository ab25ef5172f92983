import type { SentinelInstance } from './sim-sentinel-instance.js';
import type { SentinelMind } from './sim-sentinel-mind.js';

export const HELLO_CHANNEL = '__sentinel__:hello';

/** What we say of a name to everybody who listens on its master, its replicas, and at the other sentinels. */
export function helloText(mind: SentinelMind, master: SentinelInstance): string {
  const { ip, port, id } = mind.self;
  const { name, configEpoch, currentAddress } = master;
  return [ip, port, id, mind.currentEpoch, name, currentAddress.ip, currentAddress.port, configEpoch].join(',');
}

interface Hello {
  readonly ip: string;
  readonly port: number;
  readonly id: string;
  readonly currentEpoch: number;
  readonly name: string;
  readonly address: { readonly ip: string; readonly port: number };
  readonly configEpoch: number;
}

function parseHello(text: string): Hello | undefined {
  const words = text.split(',');
  const [ip, port, id, currentEpoch, name, masterIp, masterPort, configEpoch] = words;
  if (words.length !== 8 || ip === undefined || id === undefined || name === undefined || masterIp === undefined)
    return undefined;
  const address = { ip: masterIp, port: Number(masterPort) };
  return {
    ip,
    port: Number(port),
    id,
    currentEpoch: Number(currentEpoch),
    name,
    address,
    configEpoch: Number(configEpoch),
  };
}

const HEARD = new Map<string, Hello | undefined>();
const MOST_HEARD = 5_000;

/** Each is heard by all sentinels, and again every two seconds. */
function readHello(text: string): Hello | undefined {
  let hello = HEARD.get(text);
  if (hello === undefined) {
    hello = parseHello(text);
    if (HEARD.size >= MOST_HEARD) HEARD.clear();
    HEARD.set(text, hello);
  }
  return hello;
}

/** Whoever says hello is a sentinel of the name from now on: nothing is proven. One that has moved is the same, one whose address is taken is gone. */
function meet(mind: SentinelMind, master: SentinelInstance, { ip, port, id }: Hello): SentinelInstance {
  const known = master.sentinels.get(id);
  if (known && known.address.ip === ip && known.address.port === port) return known;
  const moved = mind.removeSentinel(master, id);
  if (moved) mind.event('+sentinel-address-switch', master, `ip ${ip} port ${port} for ${id}`);
  else {
    const other = [...master.sentinels.values()].find(({ address }) => address.ip === ip && address.port === port);
    if (other) {
      mind.event('+sentinel-invalid-addr', other);
      for (const each of mind.masters.values()) mind.removeSentinel(each, other.name);
    }
  }
  const met = mind.addSentinel(master, { ip, port }, id);
  if (!moved) mind.event('+sentinel', met);
  else moveInAllNames(mind, met);
  mind.flush();
  return met;
}

function moveInAllNames(mind: SentinelMind, met: SentinelInstance): void {
  for (const master of mind.masters.values()) {
    const same = master.sentinels.get(met.name);
    if (!same || same === met) continue;
    same.link.drop('commands');
    same.address = met.address;
    if (same.link === met.link) continue;
    same.link.release();
    met.link.users += 1;
    same.link = met.link;
  }
}

/** A higher epoch of a name gives its address; an equal or a lower one does not. */
export function hearHello(mind: SentinelMind, text: string): void {
  const hello = readHello(text);
  const master = hello && mind.masters.get(hello.name);
  if (!hello || !master) return;
  const sender = meet(mind, master, hello);
  if (hello.currentEpoch > mind.currentEpoch) {
    mind.currentEpoch = hello.currentEpoch;
    mind.flush();
    mind.note('+new-epoch', String(mind.currentEpoch));
  }
  if (master.configEpoch < hello.configEpoch) {
    master.configEpoch = hello.configEpoch;
    const { address } = master;
    const to = hello.address;
    if (to.ip !== address.ip || to.port !== address.port) {
      mind.event('+config-update-from', sender);
      mind.note('+switch-master', `${master.name} ${address.ip} ${address.port} ${to.ip} ${to.port}`);
      mind.moveMaster(master, to);
    }
  }
  sender.helloAt = mind.now();
}

/** The next tick says hello everywhere. */
export function sayHelloSoon(master: SentinelInstance): void {
  master.publishedAt = Number.NEGATIVE_INFINITY;
  for (const instance of master.known) instance.publishedAt = Number.NEGATIVE_INFINITY;
}
