import { createHash } from 'node:crypto';
import { Lazy } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { SENTINEL_RULE_FILES } from '../src/farm/access.js';
import { NAME, SCRIPT } from '../src/farm/words.js';
import { syncWave, WAVE } from './argo-annotations.js';
import { kube } from './kube.js';
import { configHash, readScripts } from './scripts-hash.js';

/** Key of the file with every sentinel's identity: one line each, `<datacenter> <pod> <40 hex>`. */
export const SENTINEL_IDS = 'ids';

/** What a sentinel runs. */
export const SENTINEL_SCRIPTS = [SCRIPT.startChecks, SCRIPT.sentinelStart] as const;

export interface SentinelIdentity {
  readonly datacenter: string;
  readonly pod: string;
}

export interface SentinelScriptsProps {
  /** name of the farm: two farms never share an identity */
  readonly farm: string;
  readonly namespace: string;
  /** @default - none; add them with addSentinel */
  readonly sentinels?: readonly SentinelIdentity[];
}

/** A sentinel's `myid`: a restarted sentinel must come back as itself, or its group counts a voter too many. */
export const sentinelId = (farm: string, { datacenter, pod }: SentinelIdentity): string =>
  createHash('sha1').update(`${farm}/${datacenter}/${pod}`).digest('hex');

/** ConfigMap with the sentinel's start script, its ACL rules and the identities. */
export class SentinelScripts extends Construct {
  readonly configMap: k8s.KubeConfigMap;
  /** Digest of script and rules; identities of others are no reason to restart. */
  readonly hash: string;
  private readonly sentinels: SentinelIdentity[];

  constructor(scope: Construct, id: string, props: SentinelScriptsProps) {
    super(scope, id);
    this.sentinels = [...(props.sentinels ?? [])];
    const fixed = { ...readScripts(SENTINEL_SCRIPTS), ...SENTINEL_RULE_FILES };
    this.hash = configHash(fixed);
    this.configMap = new kube.KubeConfigMap(this, 'Default', {
      metadata: { name: NAME.sentinelScripts, namespace: props.namespace, annotations: syncWave(WAVE.foundations) },
      data: { ...fixed, [SENTINEL_IDS]: Lazy.any({ produce: () => this.lines(props.farm) }) },
    });
  }

  addSentinel(identity: SentinelIdentity): void {
    this.sentinels.push(identity);
  }

  private lines(farm: string): string {
    return this.sentinels.map((s) => `${s.datacenter} ${s.pod} ${sentinelId(farm, s)}\n`).join('');
  }
}
