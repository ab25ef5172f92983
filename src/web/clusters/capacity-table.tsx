import type { ReactNode } from 'react';
import type { Change } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { count } from '../ui/format.js';

/** Idle pods of each tier, now and after a change. */
export function CapacityTable({ capacity }: Pick<Change, 'capacity'>): ReactNode {
  const t = useT();
  if (capacity.length === 0) return null;
  return (
    <>
      <h3>{t('clusters.preview.capacity')}</h3>
      <div className="table-scroll">
        <table className="table capacity-table">
          <caption className="unseen">{t('clusters.preview.capacity')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('clusters.preview.tier')}</th>
              <th scope="col" className="align-end">
                {t('clusters.preview.now')}
              </th>
              <th scope="col" className="align-end">
                {t('clusters.preview.after')}
              </th>
            </tr>
          </thead>
          <tbody>
            {capacity.map(({ tier, idle, idleAfter }) => (
              <tr key={tier} data-row={tier}>
                <th scope="row">{tier}</th>
                <td className="align-end">{count(idle)}</td>
                <td className="align-end">
                  {idleAfter < 0 ? (
                    <strong className="field-warning">▲ {t('clusters.preview.short', { n: -idleAfter })}</strong>
                  ) : (
                    count(idleAfter)
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
