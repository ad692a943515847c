/** Light or dark: as the system has it until somebody chooses, and then as chosen in this browser. */

type Theme = 'light' | 'dark';

const KEY = 'theme';

/** Puts the chosen theme in place, before anything is drawn. */
export function applyTheme() {
  const chosen = stored();
  if (chosen) document.documentElement.dataset['theme'] = chosen;
}

/** @returns the theme that there is now */
export function toggleTheme(): Theme {
  const next = currentTheme() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset['theme'] = next;
  try {
    window.localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing has it until the page is closed.
  }
  return next;
}

export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return window.matchMedia?.('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function stored(): Theme | undefined {
  try {
    const found = window.localStorage.getItem(KEY);
    return found === 'light' || found === 'dark' ? found : undefined;
  } catch {
    return undefined;
  }
}
