import { readFileSync } from 'node:fs';
import { NAME } from '../../../src/farm/words.js';
import { applyObjects } from './apply-objects.js';
import type { FarmOnRig } from './farm-on-rig.js';
import { serviceAccountToken } from './service-account-token.js';

/** What a person makes before the first sync: namespace, passwords, one kubeconfig for all KubeClusters with each one's operator account. */
export async function bootstrapFarm({ farm, rig, http, secrets }: FarmOnRig): Promise<void> {
  const { namespace } = farm;
  const meta = (name: string) => ({ metadata: { name, namespace } });
  const secret = (name: string, stringData: object) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    ...meta(name),
    stringData,
  });
  const tokens = await Promise.all(
    rig.planes.map(async (plane) => {
      await applyObjects(http(plane.datacenter), [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
        { apiVersion: 'v1', kind: 'ServiceAccount', ...meta('cachefarm-barn') },
        secret(NAME.secret, secrets),
      ]);
      return [plane.datacenter, await serviceAccountToken(plane, 'cachefarm-barn', namespace)] as const;
    }),
  );
  const config = readFileSync(rig.kubeconfigForTokens('operator', Object.fromEntries(tokens)), 'utf8');
  for (const { datacenter } of rig.planes)
    await applyObjects(http(datacenter), [secret('cachefarm-kubeconfig', { config })]);
}
