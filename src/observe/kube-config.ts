import { statSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { FarmFrame } from '../farm/model.js';
import type { KubeEndpoint } from '../world/kube.js';

/** One context of a kubeconfig file, read anew when the file was written: whoever mounts it renews the credentials in it. */
class FileEndpoint implements KubeEndpoint {
  #config: KubeConfig;
  #writtenAt: number;

  constructor(
    readonly datacenter: string,
    readonly file: string,
    readonly context: string,
  ) {
    this.#writtenAt = statSync(file).mtimeMs;
    this.#config = this.#load();
  }

  #load(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(this.file);
    config.setCurrentContext(this.context);
    return config;
  }

  async connect() {
    const writtenAt = statSync(this.file).mtimeMs;
    if (writtenAt !== this.#writtenAt) {
      this.#config = this.#load();
      this.#writtenAt = writtenAt;
    }
    return connection(this.#config);
  }
}

/** Where the current context answers, and with which credentials. */
export async function connection(config: KubeConfig): Promise<{ server: string; options: RequestOptions }> {
  const server = config.getCurrentCluster()?.server;
  if (!server) throw new Error(`the context ${config.getCurrentContext()} names no cluster`);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return { server, options };
}

/**
 * Where the KubeClusters of the farm answer. A kubeconfig (path) has a context per datacenter; without one the pod's own service account is
 * used, and only the KubeCluster it runs in can be read.
 * @param ownDatacenter the datacenter this process runs in, when it runs in a pod
 * @throws Error when the kubeconfig cannot be read
 */
export function kubeEndpoints(
  frame: FarmFrame,
  kubeconfig: string | undefined,
  ownDatacenter: string | undefined,
): readonly KubeEndpoint[] {
  const config = new KubeConfig();
  if (kubeconfig === undefined) {
    config.loadFromCluster();
    return frame.datacenters
      .filter(({ name }) => name === ownDatacenter)
      .map(({ name: datacenter }) => ({ datacenter, connect: () => connection(config) }));
  }
  config.loadFromFile(kubeconfig);
  const contexts = new Set(config.getContexts().map(({ name }) => name));
  return frame.datacenters
    .filter(({ context }) => contexts.has(context))
    .map(({ name, context }) => new FileEndpoint(name, kubeconfig, context));
}
