import { type ReactNode, useMemo, useState } from 'react';
import { useT } from '../i18n.js';
import { Button } from './button.js';
import { count } from './format.js';
import { matches, type SortBy, type SortValue, sortRows } from './sort-rows.js';

export interface Column<R> {
  readonly key: string;
  readonly head: ReactNode;
  readonly cell: (row: R) => ReactNode;
  /** what it is sorted by; left out: it is not */
  readonly sort?: (row: R) => SortValue;
  readonly align?: 'end';
  /** its cells name the row (one column) */
  readonly rowHead?: boolean;
  /** left out on narrow screens */
  readonly minor?: boolean;
}

export interface DataTableProps<R> {
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly rowKey: (row: R) => string;
  /** read out; seen only with `showCaption` */
  readonly caption: string;
  readonly sort?: SortBy;
  /** words a row is found by: shows a search field */
  readonly filter?: (row: R) => string;
  readonly empty?: ReactNode;
  /** rows shown at first; more on demand */
  readonly most?: number;
}

export function DataTable<R>(props: DataTableProps<R>): ReactNode {
  const { columns, rows, rowKey, caption, filter, empty, most = 200 } = props;
  const t = useT();
  const [sort, setSort] = useState<SortBy | undefined>(props.sort);
  const [wanted, setWanted] = useState('');
  const [shown, setShown] = useState(most);
  const found = useMemo(() => {
    const left = filter && wanted !== '' ? rows.filter((row) => matches(filter(row), wanted)) : rows;
    const by = columns.find(({ key }) => key === sort?.column)?.sort;
    return by ? sortRows(left, by, sort?.down ?? false) : left;
  }, [rows, columns, filter, wanted, sort]);
  return (
    <div className="table-block">
      {filter === undefined ? null : (
        <div className="table-tools">
          <input
            type="search"
            className="input"
            aria-label={t('shell.table.search', { what: caption })}
            placeholder={t('shell.table.find')}
            value={wanted}
            onChange={(event) => setWanted(event.target.value)}
          />
          <span className="muted" role="status">
            {t('shell.table.count', { shown: count(found.length), all: count(rows.length) })}
          </span>
        </div>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it */}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset holds inputs */}
      <div className="table-scroll" tabIndex={0} role="group" aria-label={caption}>
        <table className="table">
          <caption className="unseen">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <HeadCell key={column.key} column={column} sort={sort} onSort={setSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, shown).map((row) => (
              <tr key={rowKey(row)} data-row={rowKey(row)}>
                {columns.map((column) => (
                  <BodyCell key={column.key} column={column} row={row} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {found.length === 0 ? <p className="table-empty muted">{empty ?? t('shell.table.empty')}</p> : null}
      </div>
      {found.length > shown ? (
        <Button onClick={() => setShown(shown + most * 2)}>
          {t('shell.table.more', { left: count(found.length - shown) })}
        </Button>
      ) : null}
    </div>
  );
}

const classOf = <R,>({ align, minor }: Column<R>): string | undefined =>
  [align === 'end' ? 'align-end' : '', minor === true ? 'minor' : ''].join(' ').trim() || undefined;

interface HeadCellProps<R> {
  readonly column: Column<R>;
  readonly sort: SortBy | undefined;
  readonly onSort: (sort: SortBy) => void;
}

function HeadCell<R>({ column, sort, onSort }: HeadCellProps<R>): ReactNode {
  const mine = sort?.column === column.key ? sort : undefined;
  const order = mine === undefined ? 'none' : mine.down ? 'descending' : 'ascending';
  if (column.sort === undefined)
    return (
      <th scope="col" className={classOf(column)}>
        {column.head}
      </th>
    );
  return (
    <th scope="col" className={classOf(column)} aria-sort={order}>
      <button
        type="button"
        className="table-sort"
        onClick={() => onSort({ column: column.key, down: mine !== undefined && !mine.down })}
      >
        {column.head}
        <span aria-hidden="true" className="table-arrow">
          {mine === undefined ? '↕' : mine.down ? '↓' : '↑'}
        </span>
      </button>
    </th>
  );
}

function BodyCell<R>({ column, row }: { readonly column: Column<R>; readonly row: R }): ReactNode {
  return column.rowHead === true ? (
    <th scope="row" className={classOf(column)}>
      {column.cell(row)}
    </th>
  ) : (
    <td className={classOf(column)}>{column.cell(row)}</td>
  );
}
