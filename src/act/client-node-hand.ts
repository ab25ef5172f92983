import {
  ApiException,
  CustomObjectsApi,
  KubeConfig,
  Observable,
  type ObservableMiddleware,
  PatchStrategy,
  setHeaderMiddleware,
} from '@kubernetes/client-node';
import { type Loose, record, text } from '../farm/loose.js';
import type { FarmFrame } from '../farm/model.js';
import { FIELD_MANAGER, type KubeHand, type KubeKind, KubeRefused } from './kube-hand.js';

/** client-node sets no limit of its own. */
const limited = (timeoutMs: number): ObservableMiddleware => ({
  pre: (request) => {
    request.setSignal(AbortSignal.timeout(timeoutMs));
    return new Observable(Promise.resolve(request));
  },
  post: (response) => new Observable(Promise.resolve(response)),
});

const calling = (timeoutMs: number, ...more: readonly ObservableMiddleware[]) => ({
  middleware: [limited(timeoutMs), ...more],
  middlewareMergeStrategy: 'append' as const,
});

function messageOf(body: unknown): string | undefined {
  if (typeof body !== 'string') return text(record(body).message);
  try {
    return text(record(JSON.parse(body)).message);
  } catch {
    return body.slice(0, 200);
  }
}

async function answered(request: Promise<unknown>): Promise<Loose> {
  try {
    return record(await request);
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw new Error('no answer in time');
    if (!(error instanceof ApiException)) throw error;
    throw new KubeRefused(error.code, messageOf(error.body) ?? `HTTP ${error.code}`);
  }
}

class ClientNodeHand implements KubeHand {
  /** takes objects of every group, not only custom ones, and leaves them as they are */
  readonly #objects: CustomObjectsApi;

  constructor(
    readonly datacenter: string,
    readonly namespace: string,
    readonly timeoutMs: number,
    config: KubeConfig,
  ) {
    this.#objects = config.makeApiClient(CustomObjectsApi);
  }

  async get(kind: KubeKind, name: string): Promise<Loose | undefined> {
    try {
      return await answered(this.#objects.getNamespacedCustomObject(this.#at(kind, name), calling(this.timeoutMs)));
    } catch (error) {
      if (error instanceof KubeRefused && error.code === 404) return undefined;
      throw error;
    }
  }

  create(kind: KubeKind, body: Loose): Promise<Loose> {
    const request = { ...kind, namespace: this.namespace, body, fieldManager: FIELD_MANAGER };
    return answered(this.#objects.createNamespacedCustomObject(request, calling(this.timeoutMs)));
  }

  replace(kind: KubeKind, name: string, body: Loose): Promise<Loose> {
    const request = { ...this.#at(kind, name), body, fieldManager: FIELD_MANAGER };
    return answered(this.#objects.replaceNamespacedCustomObject(request, calling(this.timeoutMs)));
  }

  merge(kind: KubeKind, name: string, patch: Loose): Promise<Loose> {
    const request = { ...this.#at(kind, name), body: patch, fieldManager: FIELD_MANAGER };
    const strategy = setHeaderMiddleware('Content-Type', PatchStrategy.MergePatch);
    return answered(this.#objects.patchNamespacedCustomObject(request, calling(this.timeoutMs, strategy)));
  }

  applyStatus(kind: KubeKind, name: string, body: Loose): Promise<Loose> {
    const request = { ...this.#at(kind, name), body, fieldManager: FIELD_MANAGER, force: true };
    const strategy = setHeaderMiddleware('Content-Type', PatchStrategy.ServerSideApply);
    return answered(this.#objects.patchNamespacedCustomObjectStatus(request, calling(this.timeoutMs, strategy)));
  }

  #at(kind: KubeKind, name: string): KubeKind & { readonly namespace: string; readonly name: string } {
    return { ...kind, namespace: this.namespace, name };
  }
}

/**
 * One hand for each datacenter whose KubeCluster the kubeconfig names, witnesses too; without a kubeconfig the one this pod runs in.
 * @param kubeconfig path
 * @param timeoutMs of one request
 */
export function kubeHands(
  frame: FarmFrame,
  kubeconfig: string | undefined,
  ownDatacenter: string | undefined,
  timeoutMs: number,
): readonly KubeHand[] {
  const load = (): KubeConfig => {
    const config = new KubeConfig();
    if (kubeconfig === undefined) config.loadFromCluster();
    else config.loadFromFile(kubeconfig);
    return config;
  };
  const contexts = new Set(load().contexts.map((context) => context.name));
  return frame.datacenters.flatMap(({ name, context }) => {
    if (kubeconfig === undefined ? name !== ownDatacenter : !contexts.has(context)) return [];
    const config = load();
    if (kubeconfig !== undefined) config.setCurrentContext(context);
    return [new ClientNodeHand(name, frame.namespace, timeoutMs, config)];
  });
}
