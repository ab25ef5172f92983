import type { Datacenter } from '../farm/model.js';

/**
 * A kubeconfig with one context a datacenter, each with a base path of its own on the same server. JSON is YAML.
 * @param address `http://127.x.0.1:port`
 */
export function kubeconfigText(
  address: string,
  datacenters: readonly Datacenter[],
  namespace: string,
  token: string,
): string {
  const user = 'cachefarm-local';
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': datacenters[0]?.context ?? '',
      // client-node refuses plain http unless TLS verification is off; the API is on loopback and asks for the token.
      clusters: datacenters.map(({ name, context }) => ({
        name: context,
        cluster: { server: `${address}/${name}`, 'insecure-skip-tls-verify': true },
      })),
      contexts: datacenters.map(({ context }) => ({ name: context, context: { cluster: context, user, namespace } })),
      users: [{ name: user, user: { token } }],
    },
    null,
    2,
  );
}
