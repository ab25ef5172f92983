import type { ReactNode } from 'react';
import { useT } from '../i18n.js';

export interface ViewProps {
  readonly title: ReactNode;
  /** small, above the title: where it belongs */
  readonly above?: ReactNode;
  /** beside the title */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** What every view is made of: one h1, what can be done here, the rest. `main` is around it already. */
export function View({ title, above, actions, children }: ViewProps): ReactNode {
  return (
    <>
      <header className="view-head">
        <div>
          {above === undefined ? null : <p className="view-above">{above}</p>}
          <h1 tabIndex={-1}>{title}</h1>
        </div>
        {actions === undefined ? null : <div className="view-actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

export function Loading(): ReactNode {
  const t = useT();
  return (
    <p className="loading muted" role="status">
      {t('shell.loading')}
    </p>
  );
}
