import { type ReactNode, useState } from 'react';
import { useT, useWordOf } from '../i18n.js';
import { Link } from '../router.js';
import { useSession } from '../session.js';
import { Button } from '../ui/button.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { StateBadge } from '../ui/state-badge.js';
import { ApproveDialog } from './approve-dialog.js';
import type { Held, HeldGroup } from './held-groups.js';
import { KnownSubject } from './known-subject.js';

/** From here on a list is searched rather than read. */
const LONG = 15;

/** Passes are a second apart. */
const APPROVED_MS = 10_000;

/** Where a person is asked, what was tried last counts; else when it began. */
function timelineOf({ askable, held, reason }: HeldGroup): string {
  const [only, ...more] = held;
  if (askable && only && more.length === 0) return `/timeline?about=${encodeURIComponent(only.subject)}`;
  return askable ? '/timeline?kind=error' : `/timeline?kind=brake&q=${encodeURIComponent(reason)}`;
}

/** All that one reason holds: the reason in words, then each subject with its values. */
export function HeldPanel({ group }: { readonly group: HeldGroup }): ReactNode {
  const t = useT();
  const wordOf = useWordOf();
  const [asked, setAsked] = useState<Held>();
  const [approved, setApproved] = useState<ReadonlySet<string>>(new Set());
  const wait = (partition: string): void => {
    setApproved((last) => new Set([...last, partition]));
    // Still held by then: it was held anew, and may be asked for again.
    setTimeout(() => setApproved((last) => new Set([...last].filter((one) => one !== partition))), APPROVED_MS);
  };
  const { reason, why, askable, held } = group;
  const columns: readonly Column<Held>[] = [
    {
      key: 'subject',
      head: t('brakes.subject'),
      cell: ({ subject }) => <KnownSubject subject={subject} />,
      sort: ({ subject }) => subject,
      rowHead: true,
    },
    {
      key: 'detail',
      head: t('brakes.detail'),
      cell: ({ detail }) => <span className="mono held-detail">{detail}</span>,
    },
    ...(askable
      ? [
          {
            key: 'do',
            head: t('brakes.do'),
            cell: (one: Held) =>
              one.askable ? (
                <Approve held={one} approved={approved.has(one.subject)} onAsk={() => setAsked(one)} />
              ) : null,
          },
        ]
      : []),
  ];
  return (
    <section className="panel held" aria-labelledby={`held-${reason}`} data-reason={reason}>
      <header className="held-head">
        <h3 id={`held-${reason}`}>{reason}</h3>
        <span className="muted">{t('brakes.held.count', { n: held.length })}</span>
        {askable ? (
          <StateBadge state="asks" tone="bad">
            {t('brakes.asks')}
          </StateBadge>
        ) : null}
        <Link to={timelineOf(group)} className="held-timeline">
          {t('brakes.timeline')}
        </Link>
      </header>
      <p>{wordOf(`reasons.${reason}`) ?? why}</p>
      {askable ? <p className="muted">{t('brakes.asks.text')}</p> : null}
      <DataTable
        columns={columns}
        rows={held}
        rowKey={({ subject, detail }) => `${subject} ${detail}`}
        caption={t('brakes.held.caption', { reason })}
        most={50}
        {...(held.length > LONG ? { filter: ({ subject, detail }: Held) => `${subject} ${detail}` } : {})}
      />
      {asked === undefined ? null : (
        <ApproveDialog held={asked} onClose={() => setAsked(undefined)} onApproved={wait} />
      )}
    </section>
  );
}

interface ApproveProps {
  readonly held: Held;
  readonly approved: boolean;
  readonly onAsk: () => void;
}

function Approve({ held, approved, onAsk }: ApproveProps): ReactNode {
  const t = useT();
  const { session } = useSession();
  if (approved) return <span className="muted">{t('brakes.approved')}</span>;
  if (session === undefined) return null;
  if (session.user === null) return <Link to="/login?then=/brakes">{t('brakes.login')}</Link>;
  if (!session.may.change) return <span className="muted">{t('brakes.may-not')}</span>;
  return (
    <Button aria-label={t('brakes.approve.of', { partition: held.subject })} onClick={onAsk}>
      {t('brakes.approve')}
    </Button>
  );
}
