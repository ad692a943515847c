import { useSyncExternalStore } from 'react';
import { Contrast } from './icons';
import { currentTheme, toggleTheme, watchTheme } from './theme';

export function ThemeSwitch() {
  const theme = useSyncExternalStore(watchTheme, currentTheme);
  return (
    <button type="button" className="quiet labelled" aria-pressed={theme === 'dark'} onClick={toggleTheme}>
      <Contrast />
      <span>Dark</span>
    </button>
  );
}
