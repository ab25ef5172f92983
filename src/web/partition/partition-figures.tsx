import type { ReactNode } from 'react';
import type { PartitionView } from '../../api/schemas.js';
import { FigureList } from '../clusters/cluster-figures.js';
import { CopyButton } from '../clusters/copy-text.js';
import { PartitionState } from '../clusters/partition-state.js';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { bytes, count, percent, short } from '../ui/format.js';
import { Meter } from '../ui/meter.js';

export function PartitionFigures({ partition }: { readonly partition: PartitionView }): ReactNode {
  const t = useT();
  const { address, pod, state, epoch } = partition;
  return (
    <section className="panel" aria-labelledby="now-title">
      <h2 id="now-title">{t('partition.now')}</h2>
      <p className="partition-address" data-address={address ?? ''}>
        <span className="unseen">{t('partition.address')}: </span>
        {address === null ? (
          <span className="muted">{t('partition.nobody')}</span>
        ) : (
          <>
            <span className="mono">{address}</span> <CopyButton text={address} what={t('partition.address')} />
          </>
        )}{' '}
        <PartitionState state={state} />
      </p>
      <FigureList
        figures={[
          ...(pod === null
            ? []
            : [
                { label: t('partition.pod'), value: <Link to={pathTo.pod(pod.id)}>{pod.name}</Link> },
                { label: t('partition.machine'), value: <Link to={pathTo.machine(pod.machine)}>{pod.machine}</Link> },
                {
                  label: t('partition.datacenter'),
                  value: <Link to={pathTo.datacenter(pod.datacenter)}>{pod.datacenter}</Link>,
                },
                { label: t('partition.tier'), value: pod.tier },
                {
                  label: t('partition.memory'),
                  value: (
                    <Meter
                      value={pod.usedMemoryBytes}
                      max={pod.maxMemoryBytes}
                      label={t('partition.memory')}
                      text={t('clusters.memoryOf', {
                        used: bytes(pod.usedMemoryBytes),
                        max: bytes(pod.maxMemoryBytes),
                      })}
                    />
                  ),
                },
                { label: t('partition.keys'), value: count(pod.keys) },
                { label: t('partition.ops'), value: short(pod.opsPerSecond) },
                { label: t('partition.hitRatio'), value: percent(pod.hitRatio) },
                { label: t('partition.clientCount'), value: count(pod.clients) },
              ]),
          { label: t('partition.epoch'), value: <span className="mono">{epoch}</span> },
        ]}
      />
    </section>
  );
}
