import { Fragment, type ReactNode, useState } from 'react';
import type { DecisionView } from '../../api/schemas.js';
import { useT, useWordOf } from '../i18n.js';
import { Button } from '../ui/button.js';

export interface DecisionsTableProps {
  readonly decisions: readonly DecisionView[];
  readonly caption: string;
  readonly empty: string;
}

/** A cache cluster of 60 partitions has 60 decisions alike. */
const AT_FIRST = 12;

/** What Barn would do: for whom, with which pods, and why. */
export function DecisionsTable({ decisions, caption, empty }: DecisionsTableProps): ReactNode {
  const t = useT();
  const [all, setAll] = useState(false);
  if (decisions.length === 0) return <p className="muted">{empty}</p>;
  const shown = all ? decisions : decisions.slice(0, AT_FIRST);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset holds inputs */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it */}
      <div className="table-scroll" tabIndex={0} role="group" aria-label={caption}>
        <table className="table">
          <caption className="unseen">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">{t('clusters.preview.subject')}</th>
              <th scope="col">{t('clusters.preview.pod')}</th>
              <th scope="col">{t('clusters.preview.reason')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((decision) => (
              <DecisionRow key={`${decision.reason} ${decision.subject} ${decision.detail}`} decision={decision} />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < decisions.length ? (
        <Button kind="quiet" onClick={() => setAll(true)}>
          {t('clusters.preview.decisionsMore', { n: decisions.length - shown.length })}
        </Button>
      ) : null}
    </>
  );
}

function DecisionRow({ decision }: { readonly decision: DecisionView }): ReactNode {
  const wordOf = useWordOf();
  const { reason, why, subject, detail, pods } = decision;
  return (
    <tr data-row={subject}>
      <th scope="row">{subject}</th>
      <td>
        {pods.length === 0 ? <span className="muted">{detail}</span> : null}
        {pods.map(({ name, datacenter, machine, address }) => (
          <Fragment key={`${datacenter}/${name}`}>
            <span className="mono">{address}</span>{' '}
            <small className="muted nowrap">
              {name} · {machine} · {datacenter}
            </small>
            <br />
          </Fragment>
        ))}
      </td>
      <td className="why-cell">
        <span className="reason">{reason}</span> <small className="muted">{wordOf(`reasons.${reason}`) ?? why}</small>
      </td>
    </tr>
  );
}
