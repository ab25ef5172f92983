import { apiRequest } from './api-request.js';
import type { ControlPlane } from './control-plane-options.js';

/**
 * A token as a pod of that ServiceAccount would have it, for an hour.
 * @throws Error when there is no such ServiceAccount
 */
export async function serviceAccountToken(plane: ControlPlane, name: string, namespace = 'cachefarm'): Promise<string> {
  const { url, caData, adminToken: token } = plane;
  const { code, body } = await apiRequest<{ status?: { token: string } }>(
    { url, caData, token },
    {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    },
  );
  if (!body.status) throw new Error(`no token for ${namespace}/${name}: ${code} ${JSON.stringify(body)}`);
  return body.status.token;
}
