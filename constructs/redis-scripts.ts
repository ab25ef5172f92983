import { Lazy } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { REDIS_RULE_FILES } from '../src/farm/access.js';
import { NAME, SCRIPT } from '../src/farm/words.js';
import { syncWave, WAVE } from './argo-annotations.js';
import { kube } from './kube.js';
import { configHash, readScripts } from './scripts-hash.js';

/** What a RedisPod runs: its start, and the fence in its parts. */
export const REDIS_SCRIPTS = [
  SCRIPT.startChecks,
  SCRIPT.redisStart,
  SCRIPT.redisFence,
  SCRIPT.redisAsk,
  SCRIPT.redisNames,
  SCRIPT.redisTally,
  SCRIPT.redisOpen,
] as const;

/** A sentinel group as a starting pod has to know it. */
export interface SentinelAddresses {
  readonly group: string;
  readonly replicated: boolean;
  /** sentinels of the group in all datacenters together: half of them and one is a majority */
  readonly size: number;
  /** `host:port`, one a sentinel */
  readonly addresses: readonly string[];
}

export interface RedisScriptsProps {
  readonly namespace: string;
  /**
   * The groups a starting pod asks what it is.
   * @default - none; add them with addSentinelGroup
   */
  readonly sentinelGroups?: readonly SentinelAddresses[];
}

/** ConfigMap with the Redis start script, the fence, the ACL rules and the addresses of the sentinels. */
export class RedisScripts extends Construct {
  readonly configMap: k8s.KubeConfigMap;
  /** Digest of scripts and rules. The sentinels are left out: pods read that file anew, so a new group is no reason to restart 720 of them. */
  readonly hash: string;
  private readonly groups: SentinelAddresses[];

  constructor(scope: Construct, id: string, props: RedisScriptsProps) {
    super(scope, id);
    this.groups = [...(props.sentinelGroups ?? [])];
    const fixed = { ...readScripts(REDIS_SCRIPTS), ...REDIS_RULE_FILES };
    this.hash = configHash(fixed);
    this.configMap = new kube.KubeConfigMap(this, 'Default', {
      metadata: { name: NAME.redisScripts, namespace: props.namespace, annotations: syncWave(WAVE.foundations) },
      data: { ...fixed, [SCRIPT.sentinels]: Lazy.any({ produce: () => this.lines() }) },
    });
  }

  addSentinelGroup(group: SentinelAddresses): void {
    this.groups.push(group);
  }

  private lines(): string {
    return this.groups
      .map((g) => `${[g.group, g.replicated ? 'replicated' : 'unreplicated', g.size, ...g.addresses].join(' ')}\n`)
      .join('');
  }
}
