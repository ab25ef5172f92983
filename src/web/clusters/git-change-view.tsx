import type { ReactNode } from 'react';
import type { Problem } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Notice } from '../ui/notice.js';
import { changeForGit } from './change-for-git.js';
import type { ClusterValues } from './cluster-values.js';
import { CodeBlock } from './copy-text.js';

export interface GitChangeViewProps {
  readonly owner: string;
  readonly from: ClusterValues;
  readonly to: ClusterValues;
  /** as the API says it, which knows what is declared word for word */
  readonly exact: Problem['changeElsewhere'] | undefined;
}

/** Git says what it is: the form is a sketch for the change to make there. */
export function GitChangeView({ owner, from, to, exact }: GitChangeViewProps): ReactNode {
  const t = useT();
  const change = exact ?? changeForGit(from, to);
  return (
    <Notice kind="info" title={t('clusters.git.title', { name: from.clusterName })}>
      <p>{t('clusters.git.text', { owner })}</p>
      <CodeBlock title={t('clusters.git.typescript')} code={change.typescript} />
      <CodeBlock title={t('clusters.git.yaml')} code={change.yaml} />
    </Notice>
  );
}
