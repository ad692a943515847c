/** What the list is asked for, kept in the page's address: a reload, "Back" and a bookmark find it there. */
import { useCallback, useEffect, useState } from 'react';
import { changed, continuesSearch, isSame, readQuery, writeQuery, type TaskQuery } from './query';

export function useTaskQuery() {
  const [query, setQuery] = useState(() => readQuery(window.location.search));

  useEffect(() => {
    const onTravel = () => {
      const there = readQuery(window.location.search);
      setQuery((here) => (isSame(here, there) ? here : there));
    };
    window.addEventListener('popstate', onTravel);
    return () => window.removeEventListener('popstate', onTravel);
  }, []);

  const ask = useCallback((change: Partial<TaskQuery>) => {
    const { pathname, search, hash } = window.location;
    const before = readQuery(search);
    const next = changed(before, change);
    if (isSame(before, next)) return;
    const address = pathname + writeQuery(next, search) + hash;
    if (continuesSearch(before, next)) window.history.replaceState(window.history.state, '', address);
    else window.history.pushState(window.history.state, '', address);
    setQuery(next);
  }, []);

  return { query, ask };
}
