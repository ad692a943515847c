/** Serves the real backend for as long as the tests run, once for all files, and tells them where it is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestProject } from 'vitest/node';

const ROOT = join(import.meta.dirname, '../../..');
const BACKEND = join(ROOT, 'backend');
const PYTHON = join(ROOT, '.venv/bin/python');

/** The addresses of backends on one database; they differ in who answers as the assistant. */
export interface Backends {
  /** The rule-based one. */
  backend: string;
  /** A model that repeats the message, or makes the calls that it lists as JSON. */
  repeating_backend: string;
  /** A model that fails after its first step. */
  breaking_backend: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    backends: Backends;
  }
}

export default async function serve(project: TestProject) {
  // What a developer has set for the project must not decide what is tested.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(TODO|OPENAI)_/.test(name));
  const env = { ...Object.fromEntries(inherited), PYTHONPATH: [BACKEND, join(ROOT, 'mcp_server')].join(delimiter) };
  const server = spawn(PYTHON, ['tests/serve.py'], { cwd: BACKEND, env, stdio: 'pipe' });
  const ended = once(server, 'exit');
  let problem = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (problem = (problem + text).slice(-4000)));

  const backends = await new Promise<Backends>((resolve, reject) => {
    createInterface(server.stdout).on('line', (line) => {
      if (line.startsWith('{"backend"')) resolve(JSON.parse(line) as Backends);
    });
    ended.then(
      () => reject(failed(problem)),
      (error: unknown) => reject(failed(String(error))),
    );
  });
  project.provide('backends', backends);
  return async () => {
    server.stdin.end();
    await ended;
  };
}

function failed(reason: string) {
  return new Error(`The tests of the page need the real backend, which did not start. Run ./dev test frontend.\n${reason}`);
}
