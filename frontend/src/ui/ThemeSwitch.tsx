import { useState } from 'react';
import { Contrast } from './icons';
import { currentTheme, toggleTheme } from './theme';

export function ThemeSwitch() {
  const [theme, setTheme] = useState(currentTheme);
  return (
    <button type="button" className="quiet labelled" aria-pressed={theme === 'dark'} onClick={() => setTheme(toggleTheme())}>
      <Contrast />
      <span>Dark</span>
    </button>
  );
}
