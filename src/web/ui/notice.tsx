import type { ReactNode } from 'react';
import { useT } from '../i18n.js';
import { ProblemError } from '../request.js';

const SIGN = { info: 'ℹ', good: '✓', warn: '▲', bad: '✕' } as const;

export interface NoticeProps {
  readonly kind: keyof typeof SIGN;
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  /** read out when it appears: for what somebody just did */
  readonly live?: boolean;
}

export function Notice({ kind, title, children, live = false }: NoticeProps): ReactNode {
  return (
    <div className={`notice notice-${kind}`} role={live ? (kind === 'bad' ? 'alert' : 'status') : undefined}>
      <span className="notice-sign" aria-hidden="true">
        {SIGN[kind]}
      </span>
      <div className="notice-text">
        {title === undefined ? null : <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

/** Any failure: a problem of the API with its field errors, or whatever else was thrown. */
export function ErrorNotice({ error, children }: { readonly error: Error; readonly children?: ReactNode }): ReactNode {
  const t = useT();
  const problem = error instanceof ProblemError ? error.problem : undefined;
  const title =
    problem === undefined
      ? t('shell.problem.page')
      : problem.status === 0
        ? t('shell.problem.unreachable')
        : problem.status === 401
          ? t('shell.problem.login')
          : problem.status === 403
            ? t('shell.problem.forbidden')
            : problem.title;
  return (
    <Notice kind="bad" title={title} live>
      <p>{problem?.detail ?? error.message}</p>
      {problem?.errors === undefined || problem.errors.length === 0 ? null : (
        <ul>
          {problem.errors.map(({ field, message }) => (
            <li key={`${field} ${message}`}>
              <code>{field}</code>: {message}
            </li>
          ))}
        </ul>
      )}
      {children}
    </Notice>
  );
}
