import type { ReactNode } from 'react';
import type { PartitionView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { bytes, count, NONE } from '../ui/format.js';
import { StateBadge } from '../ui/state-badge.js';
import { replicaLags } from './replica-lag.js';

/** What would take over: the standby, or the replicas with how far each is. */
export function PartitionReplicas({ partition }: { readonly partition: PartitionView }): ReactNode {
  const t = useT();
  const isReplicated = partition.replicas.length > 0;
  return (
    <section className="panel" aria-labelledby="behind-title">
      <h2 id="behind-title">{t('partition.behind')}</h2>
      {isReplicated ? <Replicas partition={partition} /> : <Standby standby={partition.standby} />}
    </section>
  );
}

function Standby({ standby }: Pick<PartitionView, 'standby'>): ReactNode {
  const t = useT();
  if (standby === null) return <p className="muted">{t('partition.standbyNone')}</p>;
  const { address, pod, machine, open } = standby;
  return (
    <p className="row" data-standby={address}>
      <strong>{t('partition.standby')}</strong>
      <span className="mono">{address}</span>
      <span className="muted">{[pod, machine].filter((part) => part !== null).join(' · ')}</span>
      <StateBadge state="standby" tone={open ? 'good' : 'warn'}>
        {open ? t('partition.standbyOpen') : t('partition.standbyShut')}
      </StateBadge>
    </p>
  );
}

function Replicas({ partition }: { readonly partition: PartitionView }): ReactNode {
  const t = useT();
  const lags = new Map(replicaLags(partition.replicas).map(({ address, behind }) => [address, behind]));
  const lagText = (address: string): string => {
    const behind = lags.get(address) ?? null;
    return behind === null ? NONE : behind === 0 ? t('partition.inStep') : bytes(behind);
  };
  const linkText = (linkUp: boolean | null): ReactNode =>
    linkUp === null ? (
      NONE
    ) : (
      <StateBadge state="replica" tone={linkUp ? 'good' : 'bad'}>
        {linkUp ? t('partition.linkUp') : t('partition.linkDown')}
      </StateBadge>
    );
  return (
    <div className="table-scroll">
      <table className="table">
        <caption className="unseen">{t('partition.replicasCaption', { name: partition.name })}</caption>
        <thead>
          <tr>
            <th scope="col">{t('partition.address')}</th>
            <th scope="col">{t('partition.pod')}</th>
            <th scope="col">{t('partition.machine')}</th>
            <th scope="col">{t('partition.link')}</th>
            <th scope="col" className="align-end">
              {t('partition.offset')}
            </th>
            <th scope="col" className="align-end">
              {t('partition.lag')}
            </th>
          </tr>
        </thead>
        <tbody>
          {partition.replicas.map(({ address, pod, machine, offset, linkUp }) => (
            <tr key={address} data-row={address}>
              <th scope="row" className="mono">
                {address}
              </th>
              <td>{pod ?? NONE}</td>
              <td>{machine ?? NONE}</td>
              <td>{linkText(linkUp)}</td>
              <td className="align-end">{count(offset)}</td>
              <td className="align-end">{lagText(address)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
