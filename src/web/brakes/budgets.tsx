import type { ReactNode } from 'react';
import type { BrakesView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { useClusters, useMap } from '../live.js';
import { Link } from '../router.js';
import { pathTo } from '../routes.js';
import { type Column, DataTable } from '../ui/data-table.js';
import { count } from '../ui/format.js';
import { Meter } from '../ui/meter.js';
import { Notice } from '../ui/notice.js';
import { StateBadge } from '../ui/state-badge.js';
import { type BudgetRow, backingRows, replacementRows } from './budget-rows.js';
import '../overview/named-figures.css';

const LONG = 15;

export function Budgets({ brakes }: { readonly brakes: BrakesView }): ReactNode {
  const t = useT();
  const clusters = useClusters()?.clusters ?? [];
  const { budget, leads } = brakes;
  const backing = backingRows(budget, clusters);
  return (
    <section aria-labelledby="budgets">
      <h2 id="budgets">{t('brakes.budgets')}</h2>
      <p className="muted">{t('brakes.budgets.text')}</p>
      {leads ? null : <Notice kind="info" title={t('brakes.follows')} />}
      <dl className="named-figures">
        <div>
          <dt>{t('brakes.moves')}</dt>
          <dd>
            <Moves most={budget.moves} />
          </dd>
        </div>
        <div>
          <dt>{t('brakes.binds')}</dt>
          <dd>{budget.binds === null ? t('brakes.unlimited') : count(budget.binds)}</dd>
        </div>
      </dl>
      <div className="budget-tables">
        <BudgetTable
          rows={replacementRows(budget, clusters)}
          title={t('brakes.replacements')}
          head={t('brakes.cluster')}
          linked
        />
        {backing.length === 0 ? null : (
          <BudgetTable rows={backing} title={t('brakes.backing')} head={t('brakes.backing-group')} />
        )}
      </div>
    </section>
  );
}

function Moves({ most }: { readonly most: number | null }): ReactNode {
  const t = useT();
  const moving = useMap()?.pods.filter(({ state }) => state === 'moving').length ?? 0;
  if (most === null) return t('brakes.unlimited');
  return (
    <Meter
      value={moving}
      max={most}
      label={t('brakes.moves.label')}
      text={t('brakes.moves.of', { n: moving, most })}
      warnAt={1}
      badAt={Number.POSITIVE_INFINITY}
    />
  );
}

interface BudgetTableProps {
  readonly rows: readonly BudgetRow[];
  readonly title: string;
  readonly head: string;
  readonly linked?: boolean;
}

function BudgetTable({ rows, title, head, linked = false }: BudgetTableProps): ReactNode {
  const t = useT();
  const columns: readonly Column<BudgetRow>[] = [
    {
      key: 'name',
      head,
      cell: ({ name }) => (linked ? <Link to={pathTo.cluster(name)}>{name}</Link> : name),
      sort: ({ name }) => name,
      rowHead: true,
    },
    {
      key: 'left',
      head: t('brakes.left'),
      cell: (row) => <Left row={row} />,
      sort: ({ left, most }) => (most === undefined ? left : left / most),
    },
  ];
  return (
    <section className="panel">
      <h3>{title}</h3>
      <DataTable
        columns={columns}
        rows={rows}
        rowKey={({ name }) => name}
        caption={title}
        empty={t('brakes.none-declared')}
        most={30}
        {...(rows.length > LONG ? { filter: ({ name }: BudgetRow) => name } : {})}
      />
    </section>
  );
}

/** The bar empties as the budget is used. */
function Left({ row: { name, left, most } }: { readonly row: BudgetRow }): ReactNode {
  const t = useT();
  if (most === undefined) return count(left);
  return (
    <span className="budget-left">
      <Meter
        value={left}
        max={most}
        label={t('brakes.left.label', { name })}
        text={t('brakes.left.of', { left, most })}
        warnAt={Number.POSITIVE_INFINITY}
        badAt={Number.POSITIVE_INFINITY}
      />
      {left > 0 ? null : (
        <StateBadge state="spent" tone="bad">
          {t('brakes.spent')}
        </StateBadge>
      )}
    </span>
  );
}
