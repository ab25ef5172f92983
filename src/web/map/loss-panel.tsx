import type { ReactNode } from 'react';
import type { Loss } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { useJson } from '../live.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { count, percent, short } from '../ui/format.js';
import { Meter } from '../ui/meter.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { Loading } from '../ui/view.js';
import type { Pick } from './selection.js';

const AGAIN_MS = 5_000;
const MOST_CLUSTERS = 8;
const MOST_PARTITIONS = 100;

/** What would be lost with a machine, a datacenter or a pod, asked again while it is looked at. */
export function LossPanel({ pick }: { readonly pick: Pick }): ReactNode {
  const t = useT();
  const path = `/v1/loss?kind=${pick.kind}&name=${encodeURIComponent(pick.name)}`;
  const { value, error } = useJson<Loss>(path, { everyMs: AGAIN_MS });
  return (
    <section className="stack">
      <h3>{t(`map.loss.${pick.kind}`)}</h3>
      {value === undefined ? (
        error === undefined ? (
          <Loading />
        ) : (
          <ErrorNotice error={error} />
        )
      ) : (
        <LossFacts loss={value} />
      )}
    </section>
  );
}

function LossFacts({ loss }: { readonly loss: Loss }): ReactNode {
  const t = useT();
  return (
    <>
      {loss.groupsWithoutMajority.length === 0 ? null : (
        <Notice kind="bad">{t('map.loss.majority', { groups: loss.groupsWithoutMajority.join(', ') })}</Notice>
      )}
      {loss.partitions.length === 0 ? <Notice kind="good">{t('map.loss.nothing')}</Notice> : null}
      <Figures loss={loss} />
      <Capacity loss={loss} />
      <Shares loss={loss} />
      {loss.partitions.length === 0 ? null : <Partitions loss={loss} />}
    </>
  );
}

function Figures({ loss }: { readonly loss: Loss }): ReactNode {
  const t = useT();
  const unsheltered = loss.partitions.filter(({ standby }) => standby === null).length;
  const known = loss.partitions.filter(({ keys }) => keys !== null);
  const keys = known.length === 0 ? null : known.reduce((sum, partition) => sum + (partition.keys ?? 0), 0);
  const served = loss.partitions.length > 0;
  return (
    <dl className="map-figures">
      {served ? (
        <>
          <Figure word={t('map.loss.partitions')} value={count(loss.partitions.length)} />
          <Figure word={t('map.loss.unsheltered')} value={count(unsheltered)} bad={unsheltered > 0} />
          <Figure word={t('map.loss.keys')} value={short(keys)} />
        </>
      ) : null}
      {loss.kind === 'pod' ? null : (
        <>
          <Figure word={t('map.loss.pods')} value={count(loss.pods)} />
          <Figure word={t('map.loss.sentinels')} value={count(loss.sentinels.length)} />
        </>
      )}
      {loss.standbys === 0 ? null : <Figure word={t('map.loss.standbys')} value={count(loss.standbys)} />}
      {loss.replicas === 0 ? null : <Figure word={t('map.loss.replicas')} value={count(loss.replicas)} />}
    </dl>
  );
}

function Figure(props: { readonly word: string; readonly value: string; readonly bad?: boolean }): ReactNode {
  return (
    <div className="map-figure" data-tone={props.bad === true ? 'bad' : undefined}>
      <dt>{props.word}</dt>
      <dd>
        {props.bad === true ? <span aria-hidden="true">▲ </span> : null}
        {props.value}
      </dd>
    </div>
  );
}

function Capacity({ loss }: { readonly loss: Loss }): ReactNode {
  const t = useT();
  const needed = loss.capacity.filter((tier) => tier.needed > 0);
  if (needed.length === 0) return null;
  return (
    <div>
      <h4 className="map-small-head">{t('map.loss.capacity')}</h4>
      <ul className="map-plain">
        {needed.map((tier) => {
          const missing = tier.needed - tier.idleElsewhere;
          return (
            <li key={tier.tier} className="map-line" data-tone={missing > 0 ? 'bad' : 'good'}>
              <span>{t('map.loss.room', { tier: tier.tier, needed: tier.needed, idle: tier.idleElsewhere })}</span>
              <strong>{missing > 0 ? `▲ ${t('map.loss.short', { n: missing })}` : `✓ ${t('map.loss.enough')}`}</strong>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Shares({ loss }: { readonly loss: Loss }): ReactNode {
  const t = useT();
  const shown = loss.clusters.slice(0, MOST_CLUSTERS);
  if (shown.length === 0) return null;
  return (
    <div>
      <h4 className="map-small-head">{t('map.loss.shares')}</h4>
      <ul className="map-plain">
        {shown.map(({ clusterName, partitions, share }) => (
          <li key={clusterName} className="map-line">
            <Link to={pathTo.cluster(clusterName)}>{clusterName}</Link>
            <Meter
              label={clusterName}
              value={share}
              max={1}
              warnAt={0.34}
              badAt={0.67}
              text={t('map.loss.share', { partitions, share: percent(share) })}
            />
          </li>
        ))}
      </ul>
      {loss.clusters.length > shown.length ? (
        <p className="muted small">{t('map.more', { n: loss.clusters.length - shown.length })}</p>
      ) : null}
    </div>
  );
}

function Partitions({ loss }: { readonly loss: Loss }): ReactNode {
  const t = useT();
  const shown = loss.partitions.slice(0, MOST_PARTITIONS);
  return (
    <details>
      <summary>{t('map.loss.list')}</summary>
      <ul className="map-plain map-partitions">
        {shown.map(({ name, standby }) => (
          <li key={name} data-row={name}>
            <Link to={pathTo.partition(name)}>{name}</Link>{' '}
            <span className={standby === null ? 'map-warn' : 'muted'}>
              {standby === null ? `▲ ${t('map.loss.noheir')}` : t('map.loss.heir', { address: standby })}
            </span>
          </li>
        ))}
      </ul>
      {loss.partitions.length > shown.length ? (
        <p className="muted small">{t('map.more', { n: loss.partitions.length - shown.length })}</p>
      ) : null}
    </details>
  );
}
