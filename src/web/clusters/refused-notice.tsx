import type { ReactNode } from 'react';
import type { Problem } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import type { ProblemError } from '../request.js';
import { Button } from '../ui/button.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { CodeBlock } from './copy-text.js';
import { errorsBeyond, inPageWords } from './page-words.js';

export interface RefusedNoticeProps {
  readonly problem: ProblemError;
  readonly onRetry: () => Promise<void>;
  /** of the form beside it: what was said of them stands there */
  readonly fields?: readonly string[];
}

/** What the API said to a change. */
export function RefusedNotice({ problem, onRetry, fields = [] }: RefusedNoticeProps): ReactNode {
  const t = useT();
  const { changeElsewhere, status, title } = problem.problem;
  if (changeElsewhere) return <Elsewhere title={title} change={changeElsewhere} />;
  if (status === 400 || status === 409 || status === 412 || status === 422)
    return <Refused problem={problem.problem} fields={fields} />;
  if (status !== 0 && status !== 503) return <ErrorNotice error={problem} />;
  return (
    <ErrorNotice error={problem}>
      {status === 0 ? <p>{t('clusters.form.noAnswer')}</p> : null}
      <Button onClick={() => void onRetry()}>{t('clusters.form.retry')}</Button>
    </ErrorNotice>
  );
}

/** Each thing once: the detail is made of the errors where there are any. */
function Refused({ problem, fields }: { readonly problem: Problem; readonly fields: readonly string[] }): ReactNode {
  const t = useT();
  const errors = errorsBeyond(problem, fields);
  if (errors.length === 0 && (problem.errors ?? []).length > 0) return null;
  return (
    <Notice kind="bad" live title={t('clusters.form.refused')}>
      {errors.length === 0 ? <p>{inPageWords(problem.detail, t)}</p> : null}
      {errors.length === 0 ? null : (
        <ul>
          {errors.map(({ field, message }) => (
            <li key={`${field} ${message}`}>
              <code>{field}</code>: {inPageWords(message, t)}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}

interface ElsewhereProps {
  readonly title: string;
  readonly change: NonNullable<Problem['changeElsewhere']>;
}

function Elsewhere({ title, change: { owner, typescript, yaml } }: ElsewhereProps): ReactNode {
  const t = useT();
  return (
    <Notice kind="info" live title={title}>
      <p>{t('clusters.git.textPlain', { owner })}</p>
      <CodeBlock title={t('clusters.git.typescript')} code={typescript} />
      <CodeBlock title={t('clusters.git.yaml')} code={yaml} />
    </Notice>
  );
}
