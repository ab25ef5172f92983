import { type ReactNode, useEffect, useState } from 'react';
import { useT } from './i18n.js';
import { store, stored } from './stored.js';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const STORED = 'cachefarm-theme';

const storedTheme = (): Theme => THEMES.find((theme) => theme === stored(STORED)) ?? 'system';

/** Before the first paint: nobody is shown a white page first. */
export function applyTheme(theme: Theme = storedTheme()): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function ThemeSwitch(): ReactNode {
  const t = useT();
  const [theme, setTheme] = useState<Theme>(storedTheme);
  useEffect(() => applyTheme(theme), [theme]);
  return (
    <select
      className="input input-small"
      aria-label={t('shell.theme')}
      value={theme}
      onChange={(event) => {
        const next = THEMES.find((one) => one === event.target.value) ?? 'system';
        store(STORED, next);
        setTheme(next);
      }}
    >
      {THEMES.map((one) => (
        <option key={one} value={one}>
          {t(`shell.theme.${one}`)}
        </option>
      ))}
    </select>
  );
}
