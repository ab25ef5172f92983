import { CLIENT_KINDS } from './application.js';
import { barnAddress } from './barns.js';
import { clientAddress } from './clients.js';
import type { LiveFarm } from './live-farm.js';
import type { Prefix } from './namespace-network.js';
import type { Side } from './stage.js';

const BARNS: Prefix = '127.250.0.0/24';
const CLIENTS: Prefix = '127.251.0.0/24';

/** Addresses of a side. @throws Error for a side that there is not */
export function prefixOf(farm: LiveFarm, side: Side): Prefix {
  if (side === 'clients') return CLIENTS;
  if (/^barn-\d$/.test(side)) return `${barnAddress(side)}/32`;
  const kind = CLIENT_KINDS.find((one) => one === side);
  if (kind) return `${clientAddress(kind)}/32`;
  if (side.startsWith('datacenter ')) return `${farm.net(side.slice('datacenter '.length))}.0/24`;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(side)) return `${side}/32`;
  const machine = farm.embedded.machines().find(({ name }) => name === side);
  if (!machine) throw new Error(`nothing is called ${side}`);
  return `${machine.address}/32`;
}

/** An address to speak from as this side. */
export function addressOf(farm: LiveFarm, side: Side): string {
  const [net = '', bits] = prefixOf(farm, side).split('/');
  return bits === '32' ? net : net.replace(/\.0$/, '.1');
}

/** Everybody, in parts that do not overlap. */
export const everybody = (farm: LiveFarm): readonly Prefix[] => [
  ...farm.datacenters.map((name) => prefixOf(farm, `datacenter ${name}`)),
  BARNS,
  CLIENTS,
];
