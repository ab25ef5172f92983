import type { ReactNode } from 'react';
import type { ClusterDetail, LimitsView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { useJson } from '../live.js';
import { ProblemError } from '../request.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { Loading, View } from '../ui/view.js';
import { pathOf } from './cluster-wish.js';
import { ClusterWorkshop } from './cluster-workshop.js';
import './clusters.css';
import './cluster-form.css';

/** How often the idle pods of the tiers are counted again while somebody fills in the form, ms. */
const LIMITS_MS = 5_000;

/** A new cache cluster, or the change of one. @param props.clusterName left out: a new one */
export function ClusterForm({ clusterName }: { readonly clusterName?: string }): ReactNode {
  const t = useT();
  const limits = useJson<LimitsView>('/v1/limits', { everyMs: LIMITS_MS });
  // asked for once: what the form began with is what a conflict is measured by
  const detail = useJson<ClusterDetail>(clusterName === undefined ? undefined : pathOf(clusterName));
  const title =
    clusterName === undefined ? t('clusters.form.newTitle') : t('clusters.form.editTitle', { name: clusterName });
  const failed = detail.error ?? (limits.value === undefined ? limits.error : undefined);
  const isReady = limits.value !== undefined && (clusterName === undefined || detail.value !== undefined);
  return (
    <View title={title} above={<Above clusterName={clusterName} />}>
      {failed !== undefined ? (
        <NotThere error={failed} clusterName={clusterName} />
      ) : isReady && limits.value !== undefined ? (
        <ClusterWorkshop key={clusterName ?? ''} limits={limits.value} now={detail.value} />
      ) : (
        <Loading />
      )}
    </View>
  );
}

function Above({ clusterName }: { readonly clusterName: string | undefined }): ReactNode {
  const t = useT();
  return clusterName === undefined ? (
    <Link to="/clusters">{t('clusters.back')}</Link>
  ) : (
    <Link to={pathTo.cluster(clusterName)}>{clusterName}</Link>
  );
}

export function NotThere({
  error,
  clusterName,
}: {
  readonly error: Error;
  readonly clusterName: string | undefined;
}): ReactNode {
  const t = useT();
  const isGone = error instanceof ProblemError && error.problem.status === 404;
  if (!isGone || clusterName === undefined) return <ErrorNotice error={error} />;
  return (
    <Notice kind="warn" title={t('clusters.unknown', { name: clusterName })}>
      <Link to="/clusters">{t('clusters.back')}</Link>
    </Notice>
  );
}
