/** Due dates: moments on the server, wall clock time of the browser's zone on the page. */

const MINUTE = 60_000;

/** @param moment as the server writes it, null or '' for none @returns what an input of type datetime-local takes */
export function toLocal(moment: string | null): string {
  if (!moment) return '';
  const date = new Date(moment);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @param local what such an input gives @returns the moment as RFC 3339 with the offset that the zone has then */
export function fromLocal(local: string): string | null {
  if (local === '') return null;
  const date = new Date(local);
  // Offsets of long ago have seconds, which RFC 3339 has no room for; the moment stays the same.
  const offset = -Math.round(date.getTimezoneOffset());
  const clock = new Date(date.getTime() + offset * MINUTE).toISOString().slice(0, 19);
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${clock}${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

/** The moments that a list of what is due then lies between; weeks begin as they do in the browser's language. */
export function dueWithin(due: '' | 'overdue' | 'today' | 'week', now: Date, firstDay = firstDayOfWeek()) {
  if (due === '') return {};
  if (due === 'overdue') return { due_before: now.toISOString() };
  const back = due === 'week' ? (now.getDay() - firstDay + 7) % 7 : 0;
  const midnight = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).toISOString();
  return { due_after: midnight(-back), due_before: midnight((due === 'week' ? 7 : 1) - back) };
}

/** 0 is Sunday; Monday where the browser does not say. */
function firstDayOfWeek(): number {
  const locale: Intl.Locale & { getWeekInfo?: () => { firstDay: number } } = new Intl.Locale(navigator.language);
  return (locale.getWeekInfo?.().firstDay ?? 1) % 7;
}

/** "today, 18:00": the day in words where it is near, and the year where it is not this one. */
export function describe(moment: string, now: Date): string {
  const date = new Date(moment);
  const time = date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  return `${dayOf(date, now)}, ${time}`;
}

function dayOf(date: Date, now: Date): string {
  for (const [distance, name] of [[-1, 'yesterday'], [0, 'today'], [1, 'tomorrow']] as const) {
    const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + distance);
    if (date.toDateString() === day.toDateString()) return name;
  }
  const year = date.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' as const };
  return date.toLocaleDateString(undefined, { weekday: 'short', day: 'numeric', month: 'short', ...year });
}
