// biome-ignore-all lint/a11y/useSemanticElements: a table with thousands of cells is laid out as a whole each time; rows of a grid are not
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and says which cell is active (aria-activedescendant)
import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from 'react';
import { useT } from '../i18n.js';
import type { DatacenterGrid, GridColumn } from './farm-grid.js';
import { movePlace, type Place } from './grid-keys.js';
import { cellId, MachineRow } from './machine-row.js';
import type { Painter } from './paint.js';
import type { Pick } from './selection.js';

export interface DatacenterSectionProps {
  readonly grid: DatacenterGrid;
  readonly painter: Painter;
  readonly only: ReadonlySet<string>;
  readonly picked: Pick | undefined;
  /** byKeyboard: the focus goes along */
  readonly onPick: (pick: Pick, byKeyboard: boolean) => void;
  /** undefined: none any more */
  /** cells have room for the partition's name */
  readonly named: boolean;
  readonly onPoint: (podId: string | undefined, cell: Element | undefined) => void;
}

const podOf = (target: EventTarget): { readonly id: string; readonly cell: Element } | undefined => {
  const cell = target instanceof Element ? target.closest('[data-pod]') : null;
  const id = cell?.getAttribute('data-pod');
  return cell && id != null ? { id, cell } : undefined;
};

export const DatacenterSection = memo(function DatacenterSection(props: DatacenterSectionProps): ReactNode {
  const t = useT();
  const { grid, picked, onPick } = props;
  const isPicked = picked?.kind === 'datacenter' && picked.name === grid.name;
  return (
    <section className="panel map-datacenter" aria-label={t('map.datacenter', { name: grid.name })}>
      <h2 className="map-datacenter-head">
        <button
          type="button"
          className="map-datacenter-button"
          aria-pressed={isPicked}
          onClick={(event) => onPick({ kind: 'datacenter', name: grid.name }, event.detail === 0)}
        >
          {t('map.datacenter', { name: grid.name })}
        </button>
        <span className="muted small">{t('map.pods', { n: grid.pods })}</span>
        {grid.complete ? null : (
          <span className="map-incomplete small" title={grid.problem}>
            <span aria-hidden="true">▲ </span>
            {t('map.incomplete')}
          </span>
        )}
      </h2>
      {grid.pods === 0 && grid.columns.length === 0 && grid.hasSentinels ? (
        <p className="muted small">{t('map.nopods')}</p>
      ) : null}
      <Grid {...props} />
    </section>
  );
});

function Grid({ grid, painter, only, picked, onPick, onPoint, named }: DatacenterSectionProps): ReactNode {
  const t = useT();
  const [place, setPlace] = useState<Place>({ row: 0, column: 0 });
  const [focused, setFocused] = useState(false);
  const element = useRef<HTMLDivElement>(null);
  const extent = { rows: grid.rows.length, columns: grid.columns.length + 1 + (grid.hasSentinels ? 1 : 0) };
  // machines may have gone since
  const at: Place = {
    row: Math.min(place.row, Math.max(0, extent.rows - 1)),
    column: Math.min(place.column, extent.columns - 1),
  };
  const activeId = cellId(grid.name, at.row, at.column);
  const activePod = grid.rows[at.row]?.pods[at.column - 1]?.id;

  useEffect(() => {
    if (!focused) return;
    const cell = document.getElementById(activeId);
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    onPoint(activePod, cell ?? undefined);
  }, [focused, activeId, activePod, onPoint]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const next = movePlace(at, event, extent);
    const row = grid.rows[at.row];
    if (next) setPlace(next);
    else if ((event.key === 'Enter' || event.key === ' ') && row) {
      const pod = row.pods[at.column - 1];
      if (pod) onPick({ kind: 'pod', name: pod.id }, true);
      else if (at.column === 0) onPick({ kind: 'machine', name: row.machine.name }, true);
    } else if (event.key === 'Escape') onPoint(undefined, undefined);
    else return;
    event.preventDefault();
  };
  const onClick = (event: MouseEvent): void => {
    const cell = event.target instanceof Element ? event.target.closest('[role=gridcell],[role=rowheader]') : null;
    const [row, column] = cell?.id.split('-').slice(-2).map(Number) ?? [];
    if (row !== undefined && column !== undefined) setPlace({ row, column });
    const pod = podOf(event.target);
    const machine = cell?.getAttribute('role') === 'rowheader' ? grid.rows[row ?? -1]?.machine.name : undefined;
    if (pod) onPick({ kind: 'pod', name: pod.id }, false);
    else if (machine !== undefined) onPick({ kind: 'machine', name: machine }, false);
  };
  const onPointerOver = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') return;
    const pod = podOf(event.target);
    onPoint(pod?.id, pod?.cell);
  };

  return (
    <div className="map-scroll">
      <div
        ref={element}
        role="grid"
        tabIndex={0}
        className="map-grid"
        aria-label={t('map.grid', { name: grid.name })}
        aria-rowcount={grid.rows.length + 1}
        aria-colcount={extent.columns}
        aria-activedescendant={grid.rows.length > 0 ? activeId : undefined}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onPointerOver={onPointerOver}
        onPointerLeave={() => onPoint(undefined, undefined)}
        onFocus={(event) => setFocused(event.target.matches(':focus-visible'))}
        onBlur={() => {
          setFocused(false);
          onPoint(undefined, undefined);
        }}
      >
        <HeadRow columns={grid.columns} withSentinels={grid.hasSentinels} />
        {grid.rows.map((row, index) => (
          <MachineRow
            key={row.machine.name}
            datacenter={grid.name}
            index={index}
            row={row}
            columns={grid.columns}
            painter={painter}
            only={only}
            named={named}
            picked={picked?.kind === 'machine' && picked.name === row.machine.name}
            pod={picked?.kind === 'pod' && row.pods.some((pod) => pod?.id === picked.name) ? picked.name : undefined}
            active={focused && at.row === index ? at.column : undefined}
            withSentinels={grid.hasSentinels}
          />
        ))}
      </div>
    </div>
  );
}

interface HeadRowProps {
  readonly columns: readonly GridColumn[];
  readonly withSentinels: boolean;
}

const HeadRow = memo(function HeadRow({ columns, withSentinels }: HeadRowProps): ReactNode {
  const t = useT();
  return (
    <div role="row" aria-rowindex={1} className="map-row map-head">
      <div role="columnheader" className="map-machine">
        <span className="unseen">{t('map.machine')}</span>
      </div>
      {columns.map(({ tier, port, first }) => (
        <div
          role="columnheader"
          key={port}
          className={`map-port${first ? ' cell-first' : ''}`}
          aria-label={`${tier} ${port}`}
        >
          {first ? <span className="map-tier">{tier}</span> : null}
          <span className="map-port-number">{port}</span>
        </div>
      ))}
      {withSentinels ? (
        <div role="columnheader" className="map-port map-port-sentinels" aria-label={t('map.sentinels')}>
          <span className="map-port-number">{t('map.sentinels')}</span>
        </div>
      ) : null}
    </div>
  );
});
