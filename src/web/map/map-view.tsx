import './map-tools.css';
import './map-cell.css';
import './map.css';
import './map-panel.css';
import { type CSSProperties, type ReactNode, useCallback, useDeferredValue, useEffect, useMemo, useRef } from 'react';
import type { FarmMap } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { useMap } from '../live.js';
import { setQuery, useQuery } from '../router.js';
import { Loading, View } from '../ui/view.js';
import { DatacenterSection } from './datacenter-section.js';
import { type DatacenterGrid, farmGrid } from './farm-grid.js';
import { HoverCard, type HoverCardControl } from './hover-card.js';
import { Legend } from './legend.js';
import { COLOUR_MODES, clusterNamesOf, colourMode, filterOf, legendOf, type Painter, painterOf } from './paint.js';
import { PodTable } from './pod-table.js';
import { type Pick, pickOf, pickQuery } from './selection.js';
import { SidePanel } from './side-panel.js';

/** From so many pods on the cells are smaller. */
const MANY_PODS = 1_500;
/** Up to so many in each datacenter, and so many columns, there is room for the partition's name in the cell. */
const FEW_PODS = 64;
const FEW_COLUMNS = 8;

export function MapView(): ReactNode {
  const t = useT();
  // a farm of thousands is drawn between the frames, not in one of them
  const map = useDeferredValue(useMap());
  return (
    <View title={t('map.title')} actions={map === undefined ? undefined : <Summary map={map} />}>
      {map === undefined ? <Loading /> : <FarmMapView map={map} />}
    </View>
  );
}

function Summary({ map }: { readonly map: FarmMap }): ReactNode {
  const t = useT();
  const machines = map.datacenters.reduce((sum, datacenter) => sum + datacenter.machines.length, 0);
  return (
    <p className="muted">
      {t('map.summary', { pods: map.pods.length, machines, datacenters: map.datacenters.length })}
    </p>
  );
}

/** The same rows as before where nothing changed. */
function useGrid(map: FarmMap): readonly DatacenterGrid[] {
  const last = useRef<readonly DatacenterGrid[]>([]);
  const grid = useMemo(() => farmGrid(map, last.current), [map]);
  useEffect(() => {
    last.current = grid;
  }, [grid]);
  return grid;
}

function usePainter(map: FarmMap, mode: Painter['mode']): Painter {
  const tiers = map.tiers.map(({ name }) => name).join('\n');
  const clusters = clusterNamesOf(map).join('\n');
  return useMemo(
    () => painterOf(mode, tiers.split('\n'), clusters === '' ? [] : clusters.split('\n')),
    [mode, tiers, clusters],
  );
}

function FarmMapView({ map }: { readonly map: FarmMap }): ReactNode {
  const t = useT();
  const query = useQuery();
  const painter = usePainter(map, colourMode(query.get('colour')));
  const onlyText = query.get('only');
  const only = useMemo(() => filterOf(onlyText), [onlyText]);
  const asTable = query.get('form') === 'table';
  const pick = useMemo(() => pickOf(query), [query]);
  const legend = useMemo(() => legendOf(painter, map.pods), [painter, map.pods]);
  const picking = usePicking(pick);
  // the button answers at once, thousands of cells a moment later
  const drawn = { painter: useDeferredValue(painter), only: useDeferredValue(only) };
  return (
    <>
      <div className="map-tools">
        <Choice
          legend={t('map.colour')}
          options={COLOUR_MODES.map((mode) => ({ key: mode, text: t(`map.colour.${mode}`) }))}
          chosen={painter.mode}
          onChoose={(mode) => setQuery({ colour: mode === 'state' ? undefined : mode, only: undefined })}
        />
        <Choice
          legend={t('map.form')}
          options={[
            { key: 'grid', text: t('map.form.grid') },
            { key: 'table', text: t('map.form.table') },
          ]}
          chosen={asTable ? 'table' : 'grid'}
          onChoose={(form) => setQuery({ form: form === 'grid' ? undefined : form })}
        />
        <Legend entries={legend} only={only} />
      </div>
      <div className="map-body">
        {asTable ? <PodTable map={map} {...drawn} /> : <Grids map={map} {...drawn} pick={pick} onPick={picking.pick} />}
        <SidePanel map={map} pick={pick} onClose={picking.letGo} />
      </div>
    </>
  );
}

interface Picking {
  readonly pick: (pick: Pick, byKeyboard: boolean) => void;
  readonly letGo: () => void;
}

/** By keyboard the focus goes to what was picked, and back to where it came from. */
function usePicking(current: Pick | undefined): Picking {
  const from = useRef<Element | null>(null);
  const goes = useRef(false);
  useEffect(() => {
    if (current && goes.current) document.querySelector<HTMLElement>('.map-side h2')?.focus();
    goes.current = false;
  }, [current]);
  const pick = useCallback((next: Pick, byKeyboard: boolean) => {
    from.current = document.activeElement;
    goes.current = byKeyboard;
    setQuery(pickQuery(next));
  }, []);
  const letGo = useCallback(() => {
    setQuery(pickQuery(undefined));
    if (from.current instanceof HTMLElement) from.current.focus();
  }, []);
  return { pick, letGo };
}

interface GridsProps {
  readonly map: FarmMap;
  readonly painter: Painter;
  readonly only: ReadonlySet<string>;
  readonly pick: Pick | undefined;
  readonly onPick: Picking['pick'];
}

function Grids({ map, painter, only, pick, onPick }: GridsProps): ReactNode {
  const grids = useGrid(map);
  const card = useRef<HoverCardControl>(null);
  const onPoint = useCallback((id: string | undefined, cell: Element | undefined) => card.current?.show(id, cell), []);
  const few = grids.every(({ pods, columns }) => pods <= FEW_PODS && columns.length <= FEW_COLUMNS);
  return (
    <div
      className="map-grids"
      data-mode={painter.mode}
      data-many={map.pods.length > MANY_PODS || undefined}
      data-few={few || undefined}
      style={sizesOf(grids)}
    >
      {grids.map((grid) => (
        <DatacenterSection
          key={grid.name}
          grid={grid}
          painter={painter}
          only={only}
          picked={pick}
          onPick={onPick}
          onPoint={onPoint}
          named={few}
        />
      ))}
      <HoverCard control={card} podOf={(id) => map.pods.find((pod) => pod.id === id)} />
    </div>
  );
}

/** Letters of a machine's name that are shown at most. */
const MOST_OF_NAME = 16;

/** For the size of cells in map.css. */
const sizesOf = (grids: readonly DatacenterGrid[]): CSSProperties => {
  const columns = Math.max(1, ...grids.map((grid) => grid.columns.length));
  const tiers = Math.max(1, ...grids.map((grid) => grid.columns.filter(({ first }) => first).length));
  const datacenters = Math.max(1, grids.filter((grid) => grid.columns.length > 0).length);
  const longest = Math.max(...grids.flatMap(({ rows }) => rows.map(({ machine }) => machine.name.length)));
  const nameLength = Math.max(4, Math.min(MOST_OF_NAME, longest));
  return {
    '--columns': columns,
    '--tiers': tiers,
    '--datacenters': datacenters,
    '--name-length': nameLength,
  } as CSSProperties;
};

interface ChoiceProps<K extends string> {
  readonly legend: string;
  readonly options: readonly { readonly key: K; readonly text: string }[];
  readonly chosen: K;
  readonly onChoose: (key: K) => void;
}

function Choice<K extends string>({ legend, options, chosen, onChoose }: ChoiceProps<K>): ReactNode {
  return (
    <fieldset className="choice">
      <legend>{legend}</legend>
      <span className="choice-options">
        {options.map(({ key, text }) => (
          <button key={key} type="button" aria-pressed={key === chosen} onClick={() => onChoose(key)}>
            {text}
          </button>
        ))}
      </span>
    </fieldset>
  );
}
