export interface KubeconfigEntry {
  readonly context: string;
  readonly url: string;
  /** PEM in base64 */
  readonly caData: string;
  readonly token: string;
  readonly namespace: string;
}

/** A kubeconfig with a context an entry, the first being current. JSON is YAML. */
export function kubeconfigText(entries: readonly KubeconfigEntry[]): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': entries[0]?.context ?? '',
    clusters: entries.map(({ context, url, caData }) => ({
      name: context,
      cluster: { server: url, 'certificate-authority-data': caData },
    })),
    contexts: entries.map(({ context, namespace }) => ({
      name: context,
      context: { cluster: context, user: context, namespace },
    })),
    users: entries.map(({ context, token }) => ({ name: context, user: { token } })),
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
