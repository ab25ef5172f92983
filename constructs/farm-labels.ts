import { LABEL, type Role } from '../src/farm/words.js';

/** Where an object belongs; every construct that makes pods takes these. */
export interface FarmScope {
  /** name of the farm */
  readonly farm: string;
  readonly namespace: string;
  /** the datacenter whose KubeCluster gets the object */
  readonly datacenter: string;
}

export const farmLabels = (scope: FarmScope, role: Role): Record<string, string> => ({
  [LABEL.farm]: scope.farm,
  [LABEL.datacenter]: scope.datacenter,
  [LABEL.role]: role,
});
