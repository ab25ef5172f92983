import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { KubeObject } from './kube-objects.js';

const EVERY_MS = 150;

interface Seen {
  readonly status: Readonly<Record<string, unknown>>;
  readonly object: KubeObject;
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** The name of the state an object is in, as the fixtures of the health checks have it; undefined for one that is of no interest. */
function stateOf({ object, status }: Seen): string | undefined {
  const { generation = 0, name } = object.metadata;
  const isNew = Number(status.observedGeneration ?? 0) < generation;
  if (object.kind === 'StatefulSet') {
    if (name !== 'redis-m1-6378') return undefined;
    const [wanted, ready] = [Number(object.spec?.replicas ?? 1), Number(status.readyReplicas ?? 0)];
    return `statefulset-${isNew ? 'new' : ready === wanted ? 'healthy' : ready < wanted - 1 ? 'progressing' : ''}`;
  }
  if (name !== 'user.id') return undefined;
  const conditions = (status.conditions ?? []) as readonly Condition[];
  const is = (type: string): boolean => conditions.some((one) => one.type === type && one.status === 'True');
  if (status.observedGeneration === undefined) return 'cachecluster-new';
  return `cachecluster-${is('Ready') ? (is('Degraded') ? 'ready-degraded' : 'ready') : is('Degraded') ? 'degraded' : 'progressing'}`;
}

/** Objects as the API server had them, one of each state, for the tests of the health checks. */
export class RecordedStates {
  readonly #kept = new Map<string, KubeObject>();

  keep(state: string, object: KubeObject): void {
    // Who wrote which field is most of the text, and no check looks at it.
    const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { managedFields?: unknown };
    this.#kept.set(state, { ...object, metadata });
  }

  /** Looks again and again until it is stopped; the first object of each state is kept. */
  follow(read: () => Promise<readonly KubeObject[]>): { stop(): Promise<void> } {
    let on = true;
    const loop = async (): Promise<void> => {
      while (on) {
        for (const object of await read().catch((): readonly KubeObject[] => [])) {
          const state = stateOf({ object, status: object.status ?? {} });
          if (state !== undefined && !state.endsWith('-') && !this.#kept.has(state)) this.keep(state, object);
        }
        await delay(EVERY_MS);
      }
    };
    const ended = loop();
    return {
      stop: async () => {
        on = false;
        await ended;
      },
    };
  }

  write(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const [state, object] of this.#kept) writeFileSync(join(folder, `${state}.yaml`), stringify(object));
  }
}
