/** One JSON object a line on stdout, so that a cluster's log tools can read it. */

/** @typedef {(message: string, fields?: Record<string, unknown>) => void} Log */

/** @type {Log} */
export function log(message, fields = {}) {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), message, ...fields })}\n`);
}
