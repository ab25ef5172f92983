import type { ReactNode } from 'react';
import { useT } from '../i18n.js';
import { useBrakes } from '../live.js';
import { Notice } from '../ui/notice.js';
import { Loading, View } from '../ui/view.js';
import './brakes.css';
import { Budgets } from './budgets.js';
import { heldGroups } from './held-groups.js';
import { HeldPanel } from './held-panel.js';

export function BrakesView(): ReactNode {
  const t = useT();
  const brakes = useBrakes();
  return (
    <View title={t('brakes.title')}>
      <p className="muted">{t('brakes.lead')}</p>
      {brakes === undefined ? (
        <Loading />
      ) : (
        <div className="brakes">
          <section aria-labelledby="held">
            <h2 id="held">{t('brakes.held')}</h2>
            {brakes.held.length === 0 ? (
              <Notice kind="good" title={t('brakes.held.none')}>
                <p>{t('brakes.held.none.hint')}</p>
              </Notice>
            ) : (
              heldGroups(brakes.held).map((group) => <HeldPanel key={group.reason} group={group} />)
            )}
          </section>
          <Budgets brakes={brakes} />
        </div>
      )}
    </View>
  );
}
