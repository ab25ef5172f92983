import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { NAME } from '../src/farm/words.js';
import { syncWave, WAVE } from './argo-annotations.js';
import { kube } from './kube.js';

export interface FarmPrioritiesProps {
  /** @default 1000000 */
  readonly redis?: number;
  /** @default 1000100 */
  readonly sentinel?: number;
}

/** PriorityClasses: the names outlive the data, and both outlive ordinary work on the same machines. */
export class FarmPriorities extends Construct {
  readonly redis: k8s.KubePriorityClass;
  readonly sentinel: k8s.KubePriorityClass;

  constructor(scope: Construct, id: string, props: FarmPrioritiesProps = {}) {
    super(scope, id);
    const make = (name: string, value: number, description: string): k8s.KubePriorityClass =>
      new kube.KubePriorityClass(this, name, {
        metadata: { name, annotations: syncWave(WAVE.foundations) },
        value,
        globalDefault: false,
        description,
      });
    this.redis = make(
      NAME.priorityRedis,
      props.redis ?? 1_000_000,
      'RedisPods: evicting one empties a part of a cache.',
    );
    this.sentinel = make(
      NAME.prioritySentinel,
      props.sentinel ?? 1_000_100,
      'Sentinels and Barn: without them no cache node is found or healed.',
    );
    this.node.addValidation({ validate: () => this.problems(props) });
  }

  private problems({ redis = 1_000_000, sentinel = 1_000_100 }: FarmPrioritiesProps): string[] {
    if (sentinel >= redis) return [];
    return [`sentinel priority ${sentinel} is below redis priority ${redis}: names must outlive data, raise it`];
  }
}
