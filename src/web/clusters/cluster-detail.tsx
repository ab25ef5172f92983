import { type ReactNode, useState } from 'react';
import type { ClusterDetail } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { useClusters, useJson } from '../live.js';
import { ProblemError } from '../request.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { useMay } from '../session.js';
import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import { Loading, View } from '../ui/view.js';
import { ChangeProgress } from './change-progress-view.js';
import { ClusterFigures, ClusterSettings } from './cluster-figures.js';
import { NotThere } from './cluster-form.js';
import { pathOf } from './cluster-wish.js';
import { ConditionList } from './condition-list.js';
import { ConnectPanel } from './connect-panel.js';
import { DeleteDialog } from './delete-dialog.js';
import { PartitionsTable } from './partitions-table.js';
import { SpreadPicture } from './spread-picture.js';
import type { Applied } from './use-draft.js';
import './clusters.css';
import './cluster-form.css';

/** The load of single partitions is asked for so often; the figures of the whole come with the stream, ms. */
const DETAIL_MS = 4_000;

export function ClusterDetailView({ clusterName }: { readonly clusterName: string }): ReactNode {
  return <OneCluster key={clusterName} clusterName={clusterName} />;
}

function OneCluster({ clusterName }: { readonly clusterName: string }): ReactNode {
  const t = useT();
  const live = useClusters()?.clusters.find((cluster) => cluster.clusterName === clusterName);
  const [deleted, setDeleted] = useState<Applied>();
  // a partition that goes down is seen at once, not when its time comes
  const key = live && [live.serving, live.clusterSize, live.standbysReady, live.tier].join(' ');
  const detail = useJson<ClusterDetail>(deleted ? undefined : pathOf(clusterName), {
    everyMs: DETAIL_MS,
    ...(key === undefined ? {} : { key }),
  });
  const above = <Link to="/clusters">{t('clusters.back')}</Link>;
  const isGone = detail.error instanceof ProblemError && detail.error.problem.status === 404;
  const now = isGone ? undefined : detail.value && { ...detail.value, ...live };
  return (
    <View
      title={clusterName}
      above={above}
      actions={now && !deleted ? <Actions cluster={now} onDeleted={setDeleted} /> : undefined}
    >
      {deleted ? (
        <ChangeProgress key={deleted.startedAt} {...deleted} onUndone={setDeleted} />
      ) : now ? (
        <Parts cluster={now} />
      ) : detail.error ? (
        <NotThere error={detail.error} clusterName={clusterName} />
      ) : (
        <Loading />
      )}
    </View>
  );
}

interface ActionsProps {
  readonly cluster: ClusterDetail;
  readonly onDeleted: (applied: Applied) => void;
}

function Actions({ cluster, onDeleted }: ActionsProps): ReactNode {
  const t = useT();
  const may = useMay();
  const [isDeleting, setDeleting] = useState(false);
  const isMine = cluster.owner === null && cluster.version !== null;
  return (
    <>
      <Link to={pathTo.editCluster(cluster.clusterName)} className="button button-primary">
        {cluster.owner === null ? t('clusters.detail.edit') : t('clusters.git.how')}
      </Link>
      {may.change && isMine ? (
        <Button className="quiet-danger" onClick={() => setDeleting(true)}>
          {t('clusters.delete.button')}
        </Button>
      ) : null}
      {isDeleting ? <DeleteDialog cluster={cluster} onClose={() => setDeleting(false)} onDeleted={onDeleted} /> : null}
    </>
  );
}

function Parts({ cluster }: { readonly cluster: ClusterDetail }): ReactNode {
  const t = useT();
  return (
    <div className="cluster-parts">
      {cluster.owner === null ? null : (
        <Notice kind="info" title={t('clusters.git.title', { name: cluster.clusterName })}>
          <p>{t('clusters.git.textPlain', { owner: cluster.owner })}</p>
        </Notice>
      )}
      <ClusterFigures cluster={cluster} />
      <div className="cluster-columns">
        <ConditionList conditions={cluster.conditions} />
        <ClusterSettings cluster={cluster} />
      </div>
      <PartitionsTable cluster={cluster} />
      <SpreadPicture cluster={cluster} />
      <ConnectPanel cluster={cluster} />
    </div>
  );
}
