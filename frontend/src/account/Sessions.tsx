/** Where the user is logged in; all sessions but this one can be ended here. Logging out ends this one. */
import { useRef, useState } from 'react';
import type { AccountApi } from '../api/account';
import { SESSIONS } from '../api/cache';
import type { OpenSession } from '../api/types';
import { Failure } from '../ui/Failure';
import { Skeleton } from '../ui/Skeleton';
import { clientName } from './clientName';
import { useAccountList } from './useAccountList';
import { When } from '../ui/When';

export function Sessions({ api }: { api: AccountApi }) {
  const list = useAccountList(SESSIONS, () => api.listSessions());
  const [done, setDone] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  const others = list.items?.filter((one) => !one.current) ?? [];

  // The button goes with what it ends; the focus goes where what comes of it will show.
  async function end(ending: OpenSession[], report: string) {
    heading.current?.focus();
    setDone('');
    const endAll = async () => {
      // All of them, before the list is loaded again, which would show those that have not ended yet.
      const ends = await Promise.allSettled(ending.map((one) => api.endSession(one.id)));
      const failed = ends.find((one) => one.status === 'rejected');
      if (failed) throw failed.reason;
    };
    if (await list.change(endAll)) setDone(report);
  }

  function retry() {
    heading.current?.focus();
    list.retry();
  }

  return (
    <section aria-labelledby="sessions-heading" aria-busy={!list.items && !list.error}>
      <h3 ref={heading} id="sessions-heading" tabIndex={-1}>
        Sessions
      </h3>
      <p className="about">Browsers and scripts that are logged in with your password. End those that you do not know.</p>
      <Failure error={list.error} onRetry={retry} />
      {!list.items && !list.error && <Skeleton label="Loading your sessions" rows={2} />}
      <ul className="entries">
        {list.items?.map((one) => {
          const name = clientName(one.client);
          return (
            <li key={one.id}>
              <div className="text">
                <p className="name" title={one.client}>
                  {name} {one.current && <strong className="this">This one</strong>}
                </p>
                <p className="facts">
                  Last used <When at={one.refreshed_at} />, logged in <When at={one.created_at} />
                </p>
              </div>
              {!one.current && (
                <button type="button" aria-label={`End the session of ${name}`} onClick={() => void end([one], `The session of ${name} has ended.`)}>
                  End
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {others.length > 1 && (
        <button type="button" className="all" onClick={() => void end(others, 'All other sessions have ended.')}>
          End all others
        </button>
      )}
      <p role="status" className="done">
        {done}
      </p>
    </section>
  );
}
