import type { ReactNode } from 'react';
import type { PartitionView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { NONE } from '../ui/format.js';
import { StateBadge } from '../ui/state-badge.js';
import { type ComparedSentinel, compareSentinels } from './sentinel-views.js';

/** What each sentinel of its group says, side by side; who differs is marked. */
export function SentinelTable({ partition }: { readonly partition: PartitionView }): ReactNode {
  const t = useT();
  const sentinels = compareSentinels(partition.sentinels);
  const differing = sentinels.filter(({ differs }) => differs).length;
  const silent = sentinels.some(({ up }) => !up);
  return (
    <section className="panel" aria-labelledby="sentinels-title">
      <h2 id="sentinels-title">{t('partition.sentinels')}</h2>
      <p role="status" className={differing > 0 ? 'field-warning' : 'muted'}>
        {differing > 0
          ? `▲ ${t('partition.disagree', { n: differing })}`
          : silent
            ? ''
            : t('partition.agree', { n: sentinels.length })}
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset holds inputs */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it */}
      <div className="table-scroll" tabIndex={0} role="group" aria-label={t('partition.sentinels')}>
        <table className="table">
          <caption className="unseen">{t('partition.sentinelsCaption', { name: partition.name })}</caption>
          <thead>
            <tr>
              <th scope="col">{t('partition.sentinel')}</th>
              <th scope="col">{t('partition.says')}</th>
              <th scope="col" className="align-end">
                {t('partition.epoch')}
              </th>
              <th scope="col">{t('partition.flags')}</th>
              <th scope="col">{t('partition.listed')}</th>
            </tr>
          </thead>
          <tbody>
            {sentinels.map((sentinel) => (
              <SentinelRow key={sentinel.address} sentinel={sentinel} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function SentinelRow({ sentinel }: { readonly sentinel: ComparedSentinel }): ReactNode {
  const t = useT();
  const { address, datacenter, epoch, flags, replicas, differs } = sentinel;
  return (
    <tr data-row={address} data-differs={differs || undefined}>
      <th scope="row">
        {datacenter}/{sentinel.sentinel} <small className="muted mono">{address}</small>
        {sentinel.tilt ? <small className="field-warning"> ▲ {t('partition.tilt')}</small> : null}
      </th>
      <td>
        <Says sentinel={sentinel} />
      </td>
      <td className="align-end mono">{epoch ?? NONE}</td>
      <td className="mono">{flags.length === 0 ? NONE : flags.join(' ')}</td>
      <td className="mono">{replicas.length === 0 ? NONE : replicas.join(' ')}</td>
    </tr>
  );
}

function Says({ sentinel: { up, says, differs } }: { readonly sentinel: ComparedSentinel }): ReactNode {
  const t = useT();
  if (!up)
    return (
      <StateBadge state="silent" tone="bad">
        {t('partition.silent')}
      </StateBadge>
    );
  return (
    <>
      {says === null ? t('partition.saysNothing') : <span className="mono">{says}</span>}
      {differs ? <strong className="field-warning"> ▲ {t('partition.differs')}</strong> : null}
    </>
  );
}
