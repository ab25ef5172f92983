import type { Scenario } from '../scenario.js';
import * as barns from './barns.js';
import * as datacenters from './datacenters.js';
import * as declared from './declared.js';
import * as machines from './machines.js';
import * as networks from './networks.js';
import * as podHangs from './pod-hangs.js';
import * as podKills from './pod-kills.js';
import * as replicated from './replicated.js';
import * as sentinelHangs from './sentinel-hangs.js';
import * as sentinels from './sentinels.js';

const FAMILIES: readonly Readonly<Record<string, Scenario>>[] = [
  podKills,
  podHangs,
  machines,
  sentinels,
  sentinelHangs,
  barns,
  datacenters,
  networks,
  declared,
  replicated,
];

/** Scenarios of one kind of farm follow each other, so that they share one, and those of CI come first. */
const place = ({ farm, barns: running = 1, election = true, ci }: Scenario): number =>
  (farm === 'replicated' ? 8 : 0) + (running > 1 ? 4 : 0) + (election ? 0 : 2) + (ci ? 0 : 1);

/** Every scenario, in the order they run. */
export const SCENARIOS: readonly Scenario[] = FAMILIES.flatMap((family) => Object.values(family)).sort(
  (x, y) => place(x) - place(y),
);
