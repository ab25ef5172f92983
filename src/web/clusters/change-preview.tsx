import { type ReactNode, useEffect, useRef } from 'react';
import type { Change } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Button } from '../ui/button.js';
import { percent } from '../ui/format.js';
import { Meter } from '../ui/meter.js';
import { Notice } from '../ui/notice.js';
import { CapacityTable } from './capacity-table.js';
import { DecisionsTable } from './decisions-table.js';

export interface ChangePreviewProps {
  readonly change: Change;
  /** the form is another by now */
  readonly stale: boolean;
  readonly busy: boolean;
  readonly onApply: () => Promise<void>;
}

/** What a change would do, before it is done. */
export function ChangePreview({ change, stale, busy, onApply }: ChangePreviewProps): ReactNode {
  const t = useT();
  const head = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new preview is read from its heading on
  useEffect(() => head.current?.focus(), [change]);
  return (
    <section className="panel preview" aria-labelledby="preview-title" data-stale={stale || undefined}>
      <h2 id="preview-title" ref={head} tabIndex={-1}>
        {t('clusters.preview.title')}
      </h2>
      {change.kind === 'none' ? <p>{t('clusters.preview.nothing')}</p> : <Consequences change={change} />}
      {change.kind === 'none' ? null : (
        <div className="workshop-actions">
          <Button kind="primary" busy={busy} disabled={stale} onClick={() => void onApply()}>
            {busy ? t('clusters.preview.applying') : t('clusters.preview.apply')}
          </Button>
          <span role="status" className="muted">
            {stale ? t('clusters.preview.stale') : ''}
          </span>
        </div>
      )}
    </section>
  );
}

/** Lines, warnings, keys that move, pods and why, capacity afterwards; without a button: the dialog that deletes has its own. */
export function Consequences({ change }: { readonly change: Change }): ReactNode {
  const t = useT();
  const { lines, warnings, movedShare, silent } = change;
  const podsTitle = t(change.kind === 'delete' ? 'clusters.preview.podsBack' : 'clusters.preview.pods');
  return (
    <div className="stack">
      <h3>{t('clusters.preview.changes')}</h3>
      <Lines lines={lines} short={change.kind === 'create'} />
      {warnings.length > 0 ? (
        <Notice kind="warn" title={t('clusters.preview.warnings')}>
          <ul>
            {warnings.map(({ field, message }) => (
              <li key={`${field} ${message}`}>{message}</li>
            ))}
          </ul>
        </Notice>
      ) : null}
      {silent.length > 0 ? (
        <Notice kind="warn">
          {t('clusters.preview.silent', { names: silent.map(({ datacenter }) => datacenter).join(', ') })}
        </Notice>
      ) : null}
      {change.kind === 'change' ? <Moved share={movedShare} /> : null}
      <h3>{podsTitle}</h3>
      <DecisionsTable decisions={change.decisions} caption={podsTitle} empty={t('clusters.preview.podsNone')} />
      <CapacityTable capacity={change.capacity} />
    </div>
  );
}

interface LinesProps {
  readonly lines: readonly string[];
  /** the first says it all; the rest on demand */
  readonly short: boolean;
}

function Lines({ lines, short }: LinesProps): ReactNode {
  const t = useT();
  const list = (shown: readonly string[]): ReactNode => (
    <ul className="preview-lines">
      {shown.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
  if (!short || lines.length < 3) return list(lines);
  return (
    <div>
      {list(lines.slice(0, 1))}
      <details>
        <summary>{t('clusters.preview.allSettings')}</summary>
        {list(lines.slice(1))}
      </details>
    </div>
  );
}

function Moved({ share }: { readonly share: number }): ReactNode {
  const t = useT();
  if (share === 0) return <p>{t('clusters.preview.movedNone')}</p>;
  return (
    <div className="preview-moved">
      <h3>{t('clusters.preview.moved')}</h3>
      <Meter value={share} max={1} label={t('clusters.preview.moved')} text={percent(share)} warnAt={0.3} badAt={0.8} />
      <p className="muted">{t('clusters.preview.movedWhy')}</p>
    </div>
  );
}
