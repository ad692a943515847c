/** Light or dark: as the system has it until somebody chooses, and then as chosen in this browser. */

type Theme = 'light' | 'dark';

const KEY = 'theme';

const watchers = new Set<() => void>();

/** Puts the chosen theme in place, before anything is drawn. */
export function applyTheme() {
  const chosen = stored();
  if (chosen) show(chosen);
}

export function toggleTheme() {
  const next = currentTheme() === 'dark' ? 'light' : 'dark';
  show(next);
  try {
    window.localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing has it until the page is closed.
  }
  for (const onChange of watchers) onChange();
}

/** @param onChange called when there may be another theme: somebody has chosen, or the system's has changed. @returns ends that */
export function watchTheme(onChange: () => void): () => void {
  const system = window.matchMedia?.('(prefers-color-scheme: dark)');
  watchers.add(onChange);
  system?.addEventListener('change', onChange);
  return () => {
    watchers.delete(onChange);
    system?.removeEventListener('change', onChange);
  };
}

export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return window.matchMedia?.('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function show(theme: Theme) {
  document.documentElement.dataset['theme'] = theme;
  // What a browser paints around the page.
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    meta.media = meta.dataset['theme'] === theme ? 'all' : 'not all';
  }
}

function stored(): Theme | undefined {
  try {
    const found = window.localStorage.getItem(KEY);
    return found === 'light' || found === 'dark' ? found : undefined;
  } catch {
    return undefined;
  }
}
