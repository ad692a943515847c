/** The page in development: Vite answers for the sources, on the same port and server as everything else. */
import { hashFiles, revisionOf, SOURCE_ROOTS } from './revision.mjs';

/** Names of a cluster's own, beside localhost and plain addresses, which Vite always accepts. */
const CLUSTER_HOSTS = ['frontend-service', '.svc', '.svc.cluster.local', 'host.docker.internal'];

/**
 * @param {string} directory the service directory
 * @param {import('node:http').Server} server carries the hot-update websocket too
 * @param {string[]} allowedHosts
 */
export async function startVite(directory, server, allowedHosts) {
  const { createServer } = await import('vite');
  // This process runs the server modules it started with, whatever is on disk by now; node --watch restarts it.
  const loaded = await hashFiles(directory, ['server']);
  const vite = await createServer({
    root: directory,
    configLoader: 'runner',
    appType: 'spa',
    clearScreen: false,
    server: {
      middlewareMode: true,
      hmr: { server },
      allowedHosts: [...CLUSTER_HOSTS, ...allowedHosts],
    },
  });

  const sources = SOURCE_ROOTS.filter((root) => root !== 'server');
  /** @type {Promise<string> | undefined} */
  let known;
  /** @type {unknown} */
  let watched;

  /**
   * Changes only after Vite itself has noticed a file, so that a new revision means the new file is served.
   * Editing vite.config.ts makes Vite start again, with another watcher.
   */
  async function revision() {
    if (watched !== vite.watcher) {
      watched = vite.watcher;
      known = undefined;
      vite.watcher.on('all', () => {
        known = undefined;
      });
    }
    known ??= hashFiles(directory, sources).then((hashes) => revisionOf(new Map([...hashes, ...loaded])));
    return known;
  }
  await revision();

  return {
    revision,
    /** @type {import('./app.mjs').Page} */
    page: (request, response) => {
      vite.middlewares(request, response, () => {
        response.writeHead(404).end();
      });
    },
    close: () => vite.close(),
  };
}
