import type { ReactNode } from 'react';
import type { ClusterDetail, Sentinels } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { useJson } from '../live.js';
import { connectSnippets } from './connect-snippets.js';
import { CodeBlock } from './copy-text.js';

/** How an application comes to it, to be copied. */
export function ConnectPanel({ cluster }: { readonly cluster: ClusterDetail }): ReactNode {
  const t = useT();
  const sentinels = useJson<Sentinels>('/v1/sentinels');
  return (
    <section className="panel" aria-labelledby="connect-title">
      <h2 id="connect-title">{t('clusters.detail.connect')}</h2>
      <p className="muted">{t('clusters.detail.connectText')}</p>
      {connectSnippets(cluster, sentinels.value ?? [], location.origin).map(({ id, title, code }) => (
        <CodeBlock key={id} title={title} code={code} />
      ))}
    </section>
  );
}
