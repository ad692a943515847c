/**
 * Runs the development server, and runs it again when its own code changes.
 *
 * node --watch would do, but it follows the file it first saw: once another has taken that one's place, as tar and
 * many editors do it, later changes go unnoticed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { log } from './log.mjs';
import { Revision } from './revision.mjs';
import { watchSources } from './sources.mjs';

/** Files that arrive together cause one restart. */
const TOGETHER = 30;

const directory = dirname(dirname(fileURLToPath(import.meta.url)));
let edited = false;
let ending = false;
let child = run();

function run() {
  const port = process.env.TODO_DEBUG_PORT;
  const inspect = port ? [`--inspect=127.0.0.1:${port}`] : [];
  const program = [...inspect, join(directory, 'server', 'main.mjs'), '--dev'];
  const started = spawn(process.execPath, program, { stdio: 'inherit' });
  started.once('exit', (code, signal) => {
    if (started.killed && !ending) return;
    // A server that cannot start as shipped is the container's failure; one broken by an edit awaits the next.
    if (ending || !edited) process.exit(code ?? 1);
    log('the server has ended: it starts again when its code changes', { code, signal });
  });
  return started;
}

async function restart() {
  const old = child;
  if (old.exitCode === null && old.signalCode === null) {
    const exited = once(old, 'exit');
    old.kill('SIGTERM');
    await exited;
  }
  if (!ending) child = run();
}

/** @type {NodeJS.Timeout | undefined} */
let timer;
let restarting = Promise.resolve();
await watchSources(
  directory,
  ['server'],
  new Revision(),
  () => {
    edited = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      restarting = restarting.then(restart);
    }, TOGETHER);
    return Promise.resolve(true);
  },
  log,
);

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGTERM', 'SIGINT'])) {
  process.on(signal, () => {
    ending = true;
    if (child.exitCode !== null || child.signalCode !== null) process.exit(0);
    child.kill(signal);
  });
}
