import { type ReactNode, useMemo } from 'react';
import { useT } from '../i18n.js';
import { useBrakes, useGroups, useHealth, useMap } from '../live.js';
import { Loading, View } from '../ui/view.js';
import { CapacityPanel } from './capacity-panel.js';
import { LoadPanel } from './load-panel.js';
import { Onward } from './onward.js';
import './overview.css';
import { RecoveriesPanel } from './recoveries-panel.js';
import { ServingPanel } from './serving-panel.js';
import { TroubleList } from './trouble-list.js';
import { troublesOf } from './troubles.js';

/** One glance: is anybody not served, what is wrong, how much is left. */
export function OverviewView(): ReactNode {
  const t = useT();
  const health = useHealth();
  const map = useMap();
  const groups = useGroups();
  const brakes = useBrakes();
  const troubles = useMemo(() => troublesOf({ health, map, groups, brakes }), [health, map, groups, brakes]);
  return (
    <View title={health === undefined ? t('overview.title') : t('overview.title.farm', { farm: health.farm })}>
      {health === undefined ? (
        <Loading />
      ) : (
        <div className="overview">
          <div className="overview-state">
            <ServingPanel health={health} />
            <LoadPanel />
            <CapacityPanel />
          </div>
          <div className="overview-news">
            {health.partitions === null ? null : <TroubleList troubles={troubles} />}
            <RecoveriesPanel />
          </div>
          <Onward />
        </div>
      )}
    </View>
  );
}
