/** The time zone of a browser. */
import { afterAll, beforeAll } from 'vitest';

/** All tests of the file that calls this are in the zone. */
export function beIn(zone: string) {
  const before = process.env.TZ;
  beforeAll(() => {
    process.env.TZ = zone;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });
}
