import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startControlPlane } from './control-plane.js';
import type { ControlPlane, Rig, RigOptions } from './control-plane-options.js';
import { kubeconfigText } from './kubeconfig.js';

function kubeconfigOfAll(
  path: string,
  namespace: string,
  planes: readonly ControlPlane[],
  tokenOf: (plane: ControlPlane) => string | undefined,
): string {
  const entries = planes.flatMap((plane) => {
    const token = tokenOf(plane);
    const { context, url, caData } = plane;
    return token === undefined ? [] : [{ context, url, caData, token, namespace }];
  });
  writeFileSync(path, kubeconfigText(entries), { mode: 0o600 });
  return path;
}

/**
 * Starts a control plane in each datacenter, each in a folder of its own.
 * @throws Error when one does not come up; the others are stopped then
 */
export async function startRig({ datacenters, contexts, ...options }: RigOptions): Promise<Rig> {
  const { folder, namespace = 'cachefarm' } = options;
  const started = await Promise.allSettled(
    datacenters.map((datacenter) =>
      startControlPlane({
        ...options,
        datacenter,
        folder: join(folder, datacenter),
        context: contexts?.[datacenter] ?? datacenter,
      }),
    ),
  );
  const planes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(planes.map((plane) => plane.stop()));
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return {
    planes,
    plane: (datacenter) => {
      const found = planes.find((plane) => plane.datacenter === datacenter);
      if (!found) throw new Error(`the rig has no datacenter ${datacenter}`);
      return found;
    },
    kubeconfig: kubeconfigOfAll(join(folder, 'admin.kubeconfig'), namespace, planes, (plane) => plane.adminToken),
    kubeconfigForTokens: (name, tokenOf) =>
      kubeconfigOfAll(join(folder, `${name}.kubeconfig`), namespace, planes, ({ datacenter }) => tokenOf[datacenter]),
    stop,
  };
}
