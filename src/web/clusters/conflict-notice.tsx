import type { ReactNode } from 'react';
import type { ClusterDetail } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import { valuesOf } from './cluster-values.js';
import { compareEdits } from './compare-edits.js';
import type { Draft } from './use-draft.js';

export interface ConflictNoticeProps {
  readonly draft: Draft;
  readonly conflict: ClusterDetail | 'gone';
}

/** Somebody else was faster: what both changed, and the two ways on. */
export function ConflictNotice({ draft, conflict }: ConflictNoticeProps): ReactNode {
  const t = useT();
  const name = draft.now?.clusterName ?? draft.values.clusterName;
  if (conflict === 'gone')
    return (
      <Notice kind="bad" live title={t('clusters.conflict.gone', { name })}>
        <Link to="/clusters">{t('clusters.back')}</Link>
      </Notice>
    );
  return (
    <Notice kind="warn" live title={t('clusters.conflict.title', { name })}>
      <p>{t('clusters.conflict.text')}</p>
      <Edits draft={draft} theirs={conflict} />
      <div className="row">
        <Button kind="primary" onClick={() => draft.takeOver(conflict, true)}>
          {t('clusters.conflict.reapply')}
        </Button>
        <Button onClick={() => draft.takeOver(conflict, false)}>{t('clusters.conflict.reload')}</Button>
      </div>
    </Notice>
  );
}

function Edits({ draft, theirs }: { readonly draft: Draft; readonly theirs: ClusterDetail }): ReactNode {
  const t = useT();
  const edits = compareEdits(draft.base, draft.values, valuesOf(theirs));
  const shown = (value: string): ReactNode =>
    value === '' ? <span className="muted">{t('clusters.conflict.default')}</span> : value;
  if (edits.length === 0) return null;
  return (
    <div className="table-scroll">
      <table className="table">
        <caption className="unseen">{t('clusters.conflict.caption')}</caption>
        <thead>
          <tr>
            {(['field', 'base', 'mine', 'theirs'] as const).map((column) => (
              <th key={column} scope="col">
                {t(`clusters.conflict.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {edits.map(({ field, base, mine, theirs: their, clash }) => (
            <tr key={field} data-row={field}>
              <th scope="row">
                {t(`clusters.field.${field}`)}
                {clash ? <small className="field-warning"> ▲ {t('clusters.conflict.clash')}</small> : null}
              </th>
              <td>{shown(base)}</td>
              <td>{mine === base ? <span className="muted">–</span> : shown(mine)}</td>
              <td>{shown(their)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
