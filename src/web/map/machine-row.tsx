// biome-ignore-all lint/a11y/useSemanticElements: a table with thousands of cells is laid out as a whole each time; rows of a grid are not
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and says which cell is active (aria-activedescendant)
import { memo, type ReactNode } from 'react';
import type { MapPod } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import type { GridColumn, GridRow } from './farm-grid.js';
import type { Painter } from './paint.js';
import { podLabel } from './pod-text.js';

/** The figures of the pod that is looked at (hover-card.tsx). */
export const FIGURES_ID = 'map-pod-figures';

/** Ids of cells, for aria-activedescendant. */
export const cellId = (datacenter: string, row: number, column: number): string =>
  `cell-${datacenter}-${row}-${column}`;

export interface MachineRowProps {
  readonly datacenter: string;
  readonly index: number;
  readonly row: GridRow;
  readonly columns: readonly GridColumn[];
  readonly painter: Painter;
  /** empty: all are shown */
  readonly only: ReadonlySet<string>;
  readonly named: boolean;
  /** id of the pod that is picked, when it is in this row */
  readonly pod: string | undefined;
  /** this machine is picked */
  readonly picked: boolean;
  /** where the keyboard is, when it is in this row */
  readonly active: number | undefined;
  readonly withSentinels: boolean;
}

/** A machine: drawn again only when something of it changed. */
export const MachineRow = memo(function MachineRow(props: MachineRowProps): ReactNode {
  const { datacenter, index, row, columns, picked, active, withSentinels } = props;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className="map-row"
      data-machine={row.machine.name}
      data-picked={picked || undefined}
    >
      <MachineHead {...props} />
      {columns.map((column, at) => {
        const pod = row.pods[at];
        const id = cellId(datacenter, index, at + 1);
        return pod === undefined ? (
          <NoPod key={column.port} id={id} column={column} active={active === at + 1} />
        ) : (
          <PodCell
            key={column.port}
            id={id}
            pod={pod}
            first={column.first}
            painter={props.painter}
            only={props.only}
            named={props.named}
            picked={props.pod === pod.id}
            active={active === at + 1}
          />
        );
      })}
      {withSentinels ? (
        <SentinelCell {...props} id={cellId(datacenter, index, columns.length + 1)} at={columns.length + 1} />
      ) : null}
    </div>
  );
});

function MachineHead({ datacenter, index, row, picked, active }: MachineRowProps): ReactNode {
  const t = useT();
  const { machine } = row;
  const marks = [machine.ready ? '' : t('map.notready'), machine.draining ? t('map.draining') : ''].filter(
    (mark) => mark !== '',
  );
  return (
    <div
      role="rowheader"
      id={cellId(datacenter, index, 0)}
      className="map-machine"
      aria-selected={picked}
      data-active={active === 0 || undefined}
      data-ready={machine.ready}
      data-draining={machine.draining || undefined}
      title={[machine.name, machine.address, ...marks].join(' ')}
    >
      <span className="map-machine-name">{machine.name}</span>
      {marks.length === 0 ? null : (
        <>
          <span aria-hidden="true">{machine.ready ? '▼' : '✕'}</span>
          <span className="unseen">, {marks.join(', ')}</span>
        </>
      )}
    </div>
  );
}

interface NoPodProps {
  readonly id: string;
  readonly column: GridColumn;
  readonly active: boolean;
}

function NoPod({ id, column, active }: NoPodProps): ReactNode {
  const t = useT();
  return (
    <div
      role="gridcell"
      id={id}
      className={`cell cell-none${column.first ? ' cell-first' : ''}`}
      aria-label={t('map.nopod')}
      data-active={active || undefined}
    />
  );
}

interface PodCellProps {
  readonly id: string;
  readonly pod: MapPod;
  readonly first: boolean;
  readonly painter: Painter;
  readonly only: ReadonlySet<string>;
  readonly named: boolean;
  readonly picked: boolean;
  readonly active: boolean;
}

/** `::0` of `User.id::0`; nothing of several, or of none. */
const indexOf = ({ partitions: [first, ...more] }: MapPod): string =>
  first === undefined || more.length > 0 ? '' : (/::\d+$/.exec(first)?.[0] ?? '');

const PodCell = memo(function PodCell({
  id,
  pod,
  first,
  painter,
  only,
  named,
  picked,
  active,
}: PodCellProps): ReactNode {
  const t = useT();
  const { key, sign, className } = painter.paint(pod);
  const dim = only.size > 0 && !only.has(key);
  return (
    <div
      role="gridcell"
      id={id}
      className={`cell ${className}${first ? ' cell-first' : ''}${dim ? ' cell-dim' : ''}`}
      aria-label={podLabel(pod, t)}
      aria-describedby={active ? FIGURES_ID : undefined}
      aria-selected={picked}
      data-pod={pod.id}
      data-state={pod.state}
      data-sign={sign}
      data-long={sign.length > 2 || undefined}
      data-leaving={(pod.draining && pod.state !== 'draining') || undefined}
      data-active={active || undefined}
    >
      {named ? (
        <>
          <span className="cell-name">{pod.clusterName}</span>
          <span className="cell-index">{indexOf(pod)}</span>
        </>
      ) : null}
    </div>
  );
});

function SentinelCell({
  id,
  at,
  row,
  active,
}: MachineRowProps & { readonly id: string; readonly at: number }): ReactNode {
  const t = useT();
  const { sentinels } = row;
  const up = sentinels.filter((sentinel) => sentinel.up).length;
  const tilt = sentinels.some((sentinel) => sentinel.tilt);
  const text = [t('map.sentinels.text', { up, all: sentinels.length }), tilt ? t('map.sentinels.tilt') : '']
    .filter((part) => part !== '')
    .join(', ');
  return (
    <div
      role="gridcell"
      id={id}
      className="map-sentinels"
      aria-label={text}
      title={sentinels.length === 0 ? undefined : `${text}: ${sentinels.map(({ group }) => group).join(', ')}`}
      data-tone={up < sentinels.length ? 'bad' : tilt ? 'warn' : undefined}
      data-active={active === at || undefined}
    >
      {sentinels.length === 0 ? '' : `${up < sentinels.length ? '✕ ' : tilt ? '▲ ' : ''}${up}/${sentinels.length}`}
    </div>
  );
}
