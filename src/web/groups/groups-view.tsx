import type { ReactNode } from 'react';
import { useT } from '../i18n.js';
import { useGroups } from '../live.js';
import { Notice } from '../ui/notice.js';
import { Loading, View } from '../ui/view.js';
import { GroupPanel } from './group-panel.js';
import { worstFirst } from './group-state.js';
import './groups.css';

export function GroupsView(): ReactNode {
  const t = useT();
  const known = useGroups();
  return (
    <View title={t('groups.title')}>
      <p className="muted">{t('groups.lead')}</p>
      <p className="muted small">{t('groups.rewrite.hint')}</p>
      {known === undefined ? <Loading /> : null}
      {known?.groups.length === 0 ? <Notice kind="info" title={t('groups.empty')} /> : null}
      <div className="groups">
        {worstFirst(known?.groups ?? []).map((group) => (
          <GroupPanel key={group.name} group={group} />
        ))}
      </div>
    </View>
  );
}
