import { expect, test } from 'vitest';
import { describe as inWords, dueWithin, fromLocal, toLocal } from '../../src/tasks/due';
import { beIn } from '../support/zone';

beIn('America/New_York');

test.each([
  ['summer', 'Europe/Berlin', '2026-07-01T09:00', '2026-07-01T09:00:00+02:00'],
  ['winter', 'Europe/Berlin', '2026-12-01T09:00', '2026-12-01T09:00:00+01:00'],
  ['half an hour', 'Asia/Kolkata', '2026-07-01T09:00', '2026-07-01T09:00:00+05:30'],
  ['half an hour west', 'America/St_Johns', '2026-12-01T09:00', '2026-12-01T09:00:00-03:30'],
  ['an hour that is skipped', 'Europe/Berlin', '2026-03-29T02:30', '2026-03-29T03:30:00+02:00'],
  ['UTC', 'UTC', '2026-07-01T09:00', '2026-07-01T09:00:00+00:00'],
])('a local time is sent with the offset that its zone has then: %s', (_, TZ, local, moment) => {
  process.env.TZ = TZ;
  expect(fromLocal(local)).toBe(moment);
  expect(fromLocal(toLocal(moment))).toBe(moment);
  process.env.TZ = 'America/New_York';
});

test('no moment is an empty field, and nothing that is sent', () => {
  expect([toLocal(null), toLocal(''), fromLocal('')]).toEqual(['', '', null]);
});

test('an offset of long ago, which had seconds, leaves the moment as it is', () => {
  process.env.TZ = 'Europe/Amsterdam';
  expect(new Date(fromLocal('1910-01-01T12:00') ?? '').getTime()).toBe(new Date('1910-01-01T12:00').getTime());
  process.env.TZ = 'America/New_York';
});

test('what is due today or this week begins and ends at midnight of the browser’s zone', () => {
  process.env.TZ = 'America/New_York';
  const wednesday = new Date(2026, 6, 1, 12);
  expect(dueWithin('overdue', wednesday, 1)).toEqual({ due_before: '2026-07-01T16:00:00.000Z' });
  expect(dueWithin('today', wednesday, 1)).toEqual({ due_after: '2026-07-01T04:00:00.000Z', due_before: '2026-07-02T04:00:00.000Z' });
  expect(dueWithin('week', wednesday, 1)).toEqual({ due_after: '2026-06-29T04:00:00.000Z', due_before: '2026-07-06T04:00:00.000Z' });
  expect(dueWithin('week', wednesday, 0)).toEqual({ due_after: '2026-06-28T04:00:00.000Z', due_before: '2026-07-05T04:00:00.000Z' });
});

test('days that are near are called by name, other years by number', () => {
  const now = new Date(2026, 11, 31, 12);
  expect(inWords(new Date(2026, 11, 31, 18).toISOString(), now)).toMatch(/^today, /);
  expect(inWords(new Date(2026, 11, 30, 18).toISOString(), now)).toMatch(/^yesterday, /);
  expect(inWords(new Date(2027, 0, 1, 18).toISOString(), now)).toMatch(/^tomorrow, /);
  expect(inWords(new Date(2027, 0, 2, 18).toISOString(), now)).toContain('2027');
  expect(inWords(new Date(2026, 0, 2, 18).toISOString(), now)).not.toContain('2026');
});
