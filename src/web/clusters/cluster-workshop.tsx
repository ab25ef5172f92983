import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { ClusterDetail, LimitsView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { useMay, useSession } from '../session.js';
import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import { ChangePreview } from './change-preview.js';
import { ChangeProgress } from './change-progress-view.js';
import { checkValues, holdsBack } from './check-values.js';
import { ClusterFields } from './cluster-fields.js';
import { CHANGEABLE, FIELDS } from './cluster-values.js';
import { ConflictNotice } from './conflict-notice.js';
import { GitChangeView } from './git-change-view.js';
import { Permission } from './permission.js';
import { PodsNeeded } from './pods-needed.js';
import { RefusedNotice } from './refused-notice.js';
import { useDraft } from './use-draft.js';

export interface ClusterWorkshopProps {
  readonly limits: LimitsView;
  /** the cache cluster when the form was opened; undefined: a new one */
  readonly now: ClusterDetail | undefined;
}

/** Fill in, preview, apply, watch, undo: one after the other, in place. */
export function ClusterWorkshop({ limits, now }: ClusterWorkshopProps): ReactNode {
  const t = useT();
  const { session } = useSession();
  const may = useMay();
  const draft = useDraft(now);
  const form = useRef<HTMLFormElement>(null);
  const [attempts, setAttempts] = useState(0);
  const remarks = checkValues(draft.values, limits, draft.now);
  const owner = draft.now?.owner ?? null;
  const exact = draft.refused?.problem.changeElsewhere;
  // a dry run writes nothing: whoever is logged in may ask what the change in Git would be
  const isAllowed = owner === null ? may.change : session?.user != null;
  const isUnversioned = draft.now !== undefined && draft.now.version === null;
  const isChanged = now === undefined || draft.changed.length > 0;
  const fields = now ? CHANGEABLE : FIELDS;
  const wrong = new Set([
    ...remarks.filter(({ level }) => level === 'error').map(({ field }) => field),
    ...(draft.refused?.problem.errors ?? []).map(({ field }) => field),
  ]);
  const errors = fields.filter((field) => wrong.has(field)).length;

  // the first field with an error gets the focus, also when the API found it
  useEffect(() => {
    if (attempts > 0) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [attempts]);

  if (draft.applied)
    return <ChangeProgress key={draft.applied.startedAt} {...draft.applied} onUndone={draft.setApplied} />;

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setAttempts((last) => last + 1);
    if (!holdsBack(remarks)) void draft.preview().then(() => setAttempts((last) => last + 1));
  };
  return (
    <div className="workshop">
      <Permission />
      {owner === null ? null : <GitChangeView owner={owner} from={draft.base} to={draft.values} exact={exact} />}
      {isUnversioned ? <Notice kind="warn">{t('clusters.form.noVersion')}</Notice> : null}
      {draft.conflict ? <ConflictNotice draft={draft} conflict={draft.conflict} /> : null}
      <form
        ref={form}
        className="workshop-form"
        noValidate
        onSubmit={submit}
        aria-label={t('clusters.detail.settings')}
      >
        <ClusterFields
          draft={draft}
          limits={limits}
          remarks={remarks}
          showAll={attempts > 0}
          disabled={!may.change && owner === null}
        />
        <PodsNeeded values={draft.values} limits={limits} now={draft.now} />
        <div className="workshop-actions">
          <Button
            type="submit"
            kind={draft.shown && !draft.stale ? 'plain' : 'primary'}
            busy={draft.busy === 'preview'}
            disabled={!isAllowed || isUnversioned || !isChanged}
          >
            {draft.busy === 'preview'
              ? t('clusters.form.previewing')
              : t(owner === null ? 'clusters.form.preview' : 'clusters.git.check')}
          </Button>
          <Link to={now ? pathTo.cluster(now.clusterName) : '/clusters'} className="button button-quiet">
            {t('clusters.form.cancel')}
          </Link>
          <span role="status" className="muted">
            {!isChanged
              ? t('clusters.form.nothing')
              : attempts > 0 && errors > 0
                ? t('clusters.form.problems', { n: errors })
                : ''}
          </span>
        </div>
      </form>
      {draft.refused && !(owner !== null && exact) ? (
        <RefusedNotice problem={draft.refused} onRetry={draft.retry} fields={fields} />
      ) : null}
      {draft.shown ? (
        <ChangePreview change={draft.shown} stale={draft.stale} busy={draft.busy === 'apply'} onApply={draft.apply} />
      ) : null}
    </div>
  );
}
