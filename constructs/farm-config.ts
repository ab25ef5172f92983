import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Farm, FarmFrame } from '../src/farm/model.js';
import { NAME } from '../src/farm/words.js';
import { syncWave, WAVE } from './argo-annotations.js';
import { kube } from './kube.js';
import { configHash } from './scripts-hash.js';

export interface FarmConfigProps {
  readonly namespace: string;
  /** A whole Farm will do: its cache clusters are left out, they are objects of their own. */
  readonly farm: FarmFrame;
}

/** Named one by one, so that a Farm given as frame does not bring its cache clusters along. */
export const farmFrame = (farm: Farm | FarmFrame): FarmFrame => ({
  name: farm.name,
  namespace: farm.namespace,
  datacenters: farm.datacenters,
  tiers: farm.tiers,
  sentinelGroups: farm.sentinelGroups,
  auth: farm.auth,
  exporter: farm.exporter,
  images: farm.images,
  barnPort: farm.barnPort,
  ...(farm.web ? { web: farm.web } : {}),
});

/** ConfigMap `farm`: what the seed Job and Barn know of the farm before they have looked at anything. */
export class FarmConfig extends Construct {
  readonly configMap: k8s.KubeConfigMap;
  readonly hash: string;

  constructor(scope: Construct, id: string, props: FarmConfigProps) {
    super(scope, id);
    const data = { 'farm.json': `${JSON.stringify(farmFrame(props.farm), null, 2)}\n` };
    this.hash = configHash(data);
    this.configMap = new kube.KubeConfigMap(this, 'Default', {
      metadata: { name: NAME.farmConfig, namespace: props.namespace, annotations: syncWave(WAVE.foundations) },
      data,
    });
  }
}
