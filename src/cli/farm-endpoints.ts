import type { FarmFrame } from '../farm/model.js';
import { connection, kubeEndpoints } from '../observe/kube-config.js';
import type { KubeEndpoint } from '../world/kube.js';
import { kubeconfigFiles } from './kubeconfig-path.js';
import { inContext, loadKubeconfig, noKubeconfig } from './load-kubeconfig.js';

function ofOneFile(
  frame: FarmFrame,
  kubeconfig: string | undefined,
  ownDatacenter: string | undefined,
): readonly KubeEndpoint[] {
  try {
    return kubeEndpoints(frame, kubeconfig, ownDatacenter);
  } catch (error) {
    if (kubeconfig === undefined) throw error;
    throw noKubeconfig(kubeconfig, error);
  }
}

/**
 * Where the KubeClusters of the farm answer, by a kubeconfig of one file, which is read again when it changes, or of several, which are read once.
 * @param kubeconfig as kubeconfigPath gives it; undefined: the KubeCluster in which this process runs
 * @param ownDatacenter the datacenter this process runs in, when it runs in a pod
 * @throws Error, or CliError that names the file that cannot be read
 */
export function farmEndpoints(
  frame: FarmFrame,
  kubeconfig: string | undefined,
  ownDatacenter: string | undefined,
): readonly KubeEndpoint[] {
  if (kubeconfig === undefined || kubeconfigFiles(kubeconfig).length < 2)
    return ofOneFile(frame, kubeconfig, ownDatacenter);
  const config = loadKubeconfig(kubeconfig);
  const contexts = new Set(config.getContexts().map(({ name }) => name));
  return frame.datacenters
    .filter(({ context }) => contexts.has(context))
    .map(({ name: datacenter, context }) => {
      const own = inContext(config, context);
      return { datacenter, connect: () => connection(own) };
    });
}
