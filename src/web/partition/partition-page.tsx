import type { ReactNode } from 'react';
import type { PartitionView } from '../../api/schemas.js';
import { parsePartitionName } from '../../farm/words.js';
import { DecisionsTable } from '../clusters/decisions-table.js';
import { useT, useWordOf } from '../i18n.js';
import { useClusters, useEvents, useJson } from '../live.js';
import { ProblemError } from '../request.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { millis } from '../ui/format.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { Loading, View } from '../ui/view.js';
import { MoveHistory } from './move-history.js';
import { PartitionClients } from './partition-clients.js';
import { PartitionFigures } from './partition-figures.js';
import { PartitionReplicas } from './partition-replicas.js';
import { SentinelTable } from './sentinel-table.js';
import './partition.css';

/** Besides every event of it, ms. */
const EVERY_MS = 3_000;

export function PartitionViewPage({ name }: { readonly name: string }): ReactNode {
  return <OnePartition key={name} name={name} />;
}

function OnePartition({ name }: { readonly name: string }): ReactNode {
  const t = useT();
  const newest = useEvents().find((event) => event.partition === name || event.subject === name);
  const asked = useJson<PartitionView>(`/v1/partitions/${encodeURIComponent(name)}`, {
    everyMs: EVERY_MS,
    key: newest ? `${newest.seq}@${newest.at}` : '',
  });
  const cluster = parsePartitionName(name)?.clusterName;
  const isGone = asked.error instanceof ProblemError && asked.error.problem.status === 404;
  return (
    <View
      title={t('partition.title', { name })}
      above={cluster === undefined ? undefined : <Link to={pathTo.cluster(cluster)}>{cluster}</Link>}
      actions={<Neighbours name={name} />}
    >
      {asked.value && !isGone ? (
        <Parts partition={asked.value} />
      ) : asked.error ? (
        <NotThere error={asked.error} name={name} />
      ) : (
        <Loading />
      )}
    </View>
  );
}

function NotThere({ error, name }: { readonly error: Error; readonly name: string }): ReactNode {
  const t = useT();
  if (!(error instanceof ProblemError) || error.problem.status !== 404) return <ErrorNotice error={error} />;
  return (
    <Notice kind="warn" title={t('partition.unknown', { name })}>
      <Link to="/clusters">{t('clusters.back')}</Link>
    </Notice>
  );
}

function Neighbours({ name }: { readonly name: string }): ReactNode {
  const t = useT();
  const at = parsePartitionName(name);
  const clusters = useClusters()?.clusters;
  if (!at) return null;
  const size = clusters?.find(({ clusterName }) => clusterName === at.clusterName)?.clusterSize ?? 0;
  const link = (index: number, key: 'partition.previous' | 'partition.next', sign: string): ReactNode =>
    index < 0 || index >= size ? null : (
      <Link to={pathTo.partition(`${at.clusterName}::${index}`)} className="button button-plain" title={t(key)}>
        <span aria-hidden="true">{sign}</span>
        <span className="unseen">{t(key)}</span>::{index}
      </Link>
    );
  return (
    <>
      {link(at.index - 1, 'partition.previous', '←')}
      {link(at.index + 1, 'partition.next', '→')}
    </>
  );
}

function Parts({ partition }: { readonly partition: PartitionView }): ReactNode {
  const t = useT();
  const { freshness, decisions } = partition;
  return (
    <div className="partition-parts">
      {freshness.stale ? (
        <Notice kind="warn">
          {t('partition.stale', { age: millis(freshness.ageMs) })} {freshness.why}
        </Notice>
      ) : null}
      <PartitionFigures partition={partition} />
      <PartitionReplicas partition={partition} />
      <SentinelTable partition={partition} />
      <section className="panel" aria-labelledby="barn-title">
        <h2 id="barn-title">{t('partition.barn')}</h2>
        <DecisionsTable decisions={decisions} caption={t('partition.barn')} empty={t('partition.barnNothing')} />
        <Notes notes={partition.notes} />
      </section>
      <MoveHistory partition={partition} />
      <PartitionClients partition={partition} />
    </div>
  );
}

function Notes({ notes }: Pick<PartitionView, 'notes'>): ReactNode {
  const t = useT();
  const wordOf = useWordOf();
  return (
    <>
      <h3>{t('partition.left')}</h3>
      {notes.length === 0 ? <p className="muted">{t('partition.leftNone')}</p> : null}
      <ul className="notes">
        {notes.map(({ reason, why, subject, detail }) => (
          <li key={`${reason} ${subject} ${detail}`}>
            <span className="reason">{reason}</span> {wordOf(`reasons.${reason}`) ?? why}{' '}
            <small className="muted">
              {subject} {detail}
            </small>
          </li>
        ))}
      </ul>
    </>
  );
}
