import { type ReactNode, useState } from 'react';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { Button } from '../ui/button.js';
import { bytes, count, millis } from '../ui/format.js';
import { Meter } from '../ui/meter.js';
import { Notice } from '../ui/notice.js';
import { StateBadge } from '../ui/state-badge.js';
import { type Group, type GroupState, groupStateOf, majorityOf, spareOf, votingOf } from './group-state.js';
import { SentinelPicture } from './sentinel-picture.js';
import { SentinelTable } from './sentinel-table.js';
import '../overview/named-figures.css';

const TONE = { good: 'good', reduced: 'warn', differs: 'warn', mute: 'bad' } as const satisfies Record<
  GroupState,
  string
>;

/** From here on `auto` placement goes elsewhere soon. */
const NEARLY_FULL = 0.9;

export function GroupPanel({ group }: { readonly group: Group }): ReactNode {
  const t = useT();
  const state = groupStateOf(group);
  const spare = spareOf(group);
  const id = `group-${group.name}`;
  return (
    <section className="panel group" aria-labelledby={id} data-group={group.name} data-group-state={state}>
      <header className="group-head">
        <h2 id={id} className="mono">
          {group.name}
        </h2>
        <StateBadge state={state} tone={TONE[state]}>
          {t(`groups.state.${state}`)}
        </StateBadge>
        <span className="muted">{t(group.replicated ? 'groups.replicated' : 'groups.unreplicated')}</span>
        <SentinelPicture group={group} />
      </header>
      {spare < 0 ? <Notice kind="bad" title={t('groups.missing', { n: -spare })} /> : null}
      {group.partitions >= group.maxPartitions * NEARLY_FULL ? <Notice kind="warn" title={t('groups.full')} /> : null}
      <dl className="named-figures">
        <Fact name={t('groups.up')}>
          {t('groups.up.of', { n: votingOf(group), all: group.size })}
          <small className="muted">
            {spare < 0
              ? t('groups.majority', { n: majorityOf(group.size) })
              : spare === 0
                ? t('groups.can-lose.none')
                : t('groups.can-lose', { n: spare })}
          </small>
        </Fact>
        <Fact name={t('groups.partitions')}>
          <Meter
            value={group.partitions}
            max={group.maxPartitions}
            label={`${group.name}: ${t('groups.partitions')}`}
            text={t('groups.partitions.of', { n: group.partitions, max: group.maxPartitions })}
          />
        </Fact>
        <Fact name={t('groups.agreed')}>
          <span className={group.agreed < group.partitions ? 'tone-bad' : undefined}>
            {group.agreed < group.partitions ? <span aria-hidden="true">≠ </span> : null}
            {t('groups.agreed.of', { n: group.agreed, all: group.partitions })}
          </span>
        </Fact>
        <Fact name={t('groups.quorum')}>{count(group.quorum)}</Fact>
        <Fact name={t('groups.down-after')}>{millis(group.downAfterMs)}</Fact>
        <Fact name={t('groups.failover-timeout')}>{millis(group.failoverTimeoutMs)}</Fact>
        <Fact name={t('groups.rewrite')}>{t('groups.rewrite.value', { size: bytes(group.rewriteBytes) })}</Fact>
      </dl>
      <Clusters clusters={group.clusters} />
      <SentinelTable group={group} />
    </section>
  );
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const FIRST = 12;

function Clusters({ clusters }: Pick<Group, 'clusters'>): ReactNode {
  const t = useT();
  const [all, setAll] = useState(false);
  const shown = all ? clusters : clusters.slice(0, FIRST);
  return (
    <div className="group-clusters">
      <h3>{t('groups.clusters')}</h3>
      {clusters.length === 0 ? <span className="muted">{t('groups.clusters.none')}</span> : null}
      <ul>
        {shown.map(({ clusterName, partitions }) => (
          <li key={clusterName}>
            <Link to={pathTo.cluster(clusterName)}>{clusterName}</Link>{' '}
            <span className="muted">{count(partitions)}</span>
          </li>
        ))}
      </ul>
      {shown.length < clusters.length ? (
        <Button kind="quiet" onClick={() => setAll(true)}>
          {t('groups.clusters.more', { n: clusters.length - shown.length })}
        </Button>
      ) : null}
    </div>
  );
}
