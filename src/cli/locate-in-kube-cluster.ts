import type { KubeConfig } from '@kubernetes/client-node';
import { list, record, strings } from '../farm/loose.js';
import type { FarmFrame } from '../farm/model.js';
import { LABEL, NAME } from '../farm/words.js';
import type { Credentials } from '../observe/connections.js';
import { connection } from '../observe/kube-config.js';
import type { KubeEndpoint } from '../world/kube.js';
import { CliError } from './cli-error.js';
import { RefusedByKube } from './kube-port.js';
import { read } from './kube-request.js';
import { loadKubeconfig } from './load-kubeconfig.js';
import type { AccessOptions, LocatedFarm } from './located-farm.js';
import { parseFrame } from './parse-frame.js';

/** ms; an API server that answers at all answers sooner */
const TIMEOUT_MS = 5_000;
/** what a farm has that names no other */
const NAMESPACE = 'cachefarm';
const KEYS = ['barn', 'sentinel', 'application'] as const;

/** An object of the farm that this user asks for, and what to do when it is not to be had. */
interface Wanted {
  /** `ConfigMap farm` */
  readonly what: string;
  readonly from: string;
  readonly missing: string;
  readonly forbidden: string;
}

async function ask<T>(endpoint: KubeEndpoint, path: string, wanted: Wanted): Promise<T> {
  const { what, from, missing, forbidden } = wanted;
  try {
    return await read<T>(endpoint, path, TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof RefusedByKube)) {
      throw new CliError(`${from} does not answer: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (error.code === 404) throw new CliError(`${from} has no ${what}: ${missing}`);
    if (error.code === 401) throw new CliError(`${from} does not know you: ${error.message}`);
    if (error.code === 403)
      throw new CliError(`${from} does not let you read ${what}: ${forbidden}\n  ${error.message}`);
    throw new CliError(`${from} refused to give ${what}: ${error.message}`);
  }
}

function loadConfig(path: string, wanted: string | undefined): KubeConfig {
  const config = loadKubeconfig(path);
  const names = config.getContexts().map(({ name }) => name);
  const context = wanted ?? config.getCurrentContext();
  if (!names.includes(context))
    throw new CliError(`${path} has no context ${JSON.stringify(context)}; it has ${names.join(', ') || 'none'}`);
  config.setCurrentContext(context);
  return config;
}

/**
 * People name their contexts as they like. The frame's own names count where the kubeconfig has them; else the context that was asked
 * stands for the datacenter whose pods it shows.
 */
async function nameContext(frame: FarmFrame, context: string, endpoint: KubeEndpoint): Promise<FarmFrame> {
  if (frame.datacenters.some((datacenter) => datacenter.context === context)) return frame;
  const selector = encodeURIComponent(`${LABEL.farm}=${frame.name}`);
  const pods = await read<{ readonly items?: unknown }>(
    endpoint,
    `/api/v1/namespaces/${encodeURIComponent(frame.namespace)}/pods?labelSelector=${selector}&limit=1`,
    TIMEOUT_MS,
  ).catch(() => undefined);
  const [first] = list(pods?.items);
  const own = strings(record(record(first).metadata).labels)[LABEL.datacenter];
  return {
    ...frame,
    datacenters: frame.datacenters.map((datacenter) =>
      datacenter.name === own || frame.datacenters.length === 1 ? { ...datacenter, context } : datacenter,
    ),
  };
}

/**
 * A farm seen from a workstation: what it is says the ConfigMap `farm`, its passwords the Secret `cachefarm-auth` of the same KubeCluster.
 * @param path of a kubeconfig, as kubeconfigPath gives it; the other KubeClusters of the farm are the contexts that the farm names
 * @throws CliError that says what is missing, or what this user may not do
 */
export async function locateInKubeCluster(path: string, options: AccessOptions): Promise<LocatedFarm> {
  const config = loadConfig(path, options.context);
  const context = config.getCurrentContext();
  const namespace = options.namespace ?? config.getContextObject(context)?.namespace ?? NAMESPACE;
  const from = `namespace ${namespace} of ${context}`;
  const endpoint: KubeEndpoint = { datacenter: context, connect: () => connection(config) };
  const configMap = await ask<{ readonly data?: unknown }>(
    endpoint,
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${NAME.farmConfig}`,
    {
      what: `ConfigMap ${NAME.farmConfig}`,
      from,
      missing: 'no farm is there; name its namespace with -n, its KubeCluster with --context',
      forbidden: `it says what the farm is; ask for \`get\` on configmaps "${NAME.farmConfig}"`,
    },
  );
  const text = strings(configMap.data)['farm.json'];
  if (text === undefined)
    throw new CliError(`ConfigMap ${NAME.farmConfig} in ${from} has no farm.json: it is of another program`);
  const frame = await nameContext(
    parseFrame(text, `farm.json of ConfigMap ${NAME.farmConfig} in ${from}`),
    context,
    endpoint,
  );
  return { frame, kubeconfig: path, credentials: () => readCredentials(endpoint, namespace, from) };
}

async function readCredentials(endpoint: KubeEndpoint, namespace: string, from: string): Promise<Credentials> {
  const secret = await ask<{ readonly data?: unknown }>(
    endpoint,
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${NAME.secret}`,
    {
      what: `Secret ${NAME.secret}`,
      from,
      missing: 'its pods cannot run without it either',
      forbidden: `it holds the passwords of pods and sentinels; ask for \`get\` on secrets "${NAME.secret}", or run the command where they are: kubectl exec -n ${namespace} deploy/${NAME.barn} -- cachefarm ...`,
    },
  );
  const data = strings(secret.data);
  const lacking = KEYS.filter((key) => data[key] === undefined);
  if (lacking.length > 0) throw new CliError(`Secret ${NAME.secret} in ${from} has no ${lacking.join(', ')}`);
  const entries = KEYS.map((key) => [
    key,
    Buffer.from(data[key] ?? '', 'base64')
      .toString('utf8')
      .trim(),
  ]);
  return Object.fromEntries(entries) as unknown as Credentials;
}
