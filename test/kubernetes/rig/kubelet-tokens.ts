import type { KubeHttp } from './kubelet-http.js';
import { type ApiPod, namespaceOf, type TokenSource } from './pod-from-api.js';

interface TokenReview {
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

/** Tokens of one pod's service account, as the kubelet asks for them: bound to the pod, asked anew when a fifth of their life is left. */
export class PodTokens {
  readonly #held = new Map<string, { readonly token: string; readonly renewAt: number }>();

  constructor(
    readonly http: KubeHttp,
    readonly pod: ApiPod,
  ) {}

  /** @throws KubeRefusal */
  async token({ audience, expirationSeconds = 3_600 }: TokenSource): Promise<string> {
    const key = `${audience ?? ''} ${expirationSeconds}`;
    const held = this.#held.get(key);
    if (held && Date.now() < held.renewAt) return held.token;
    const { metadata, spec } = this.pod;
    const path = `/api/v1/namespaces/${namespaceOf(this.pod)}/serviceaccounts/${spec.serviceAccountName ?? 'default'}/token`;
    const { status } = await this.http.send<TokenReview>('POST', path, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds,
        ...(audience === undefined ? {} : { audiences: [audience] }),
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: metadata.name, uid: metadata.uid },
      },
    });
    const life = Date.parse(status.expirationTimestamp) - Date.now();
    this.#held.set(key, { token: status.token, renewAt: Date.now() + 0.8 * life });
    return status.token;
  }
}
