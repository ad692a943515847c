/** The page in development: Vite answers for the sources, on the same port and server as everything else. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SourceFiles } from './files.mjs';
import { Revision, SOURCE_ROOTS } from './revision.mjs';
import { watchSources } from './sources.mjs';

/** Names of a cluster's own, beside localhost and plain addresses, which Vite always accepts. */
const CLUSTER_HOSTS = ['frontend-service', '.svc', '.svc.cluster.local', 'host.docker.internal'];

/**
 * @param {string} directory the service directory
 * @param {import('node:http').Server} server carries the hot-update websocket too
 * @param {string[]} allowedHosts
 * @param {import('./log.mjs').Log} log
 */
export async function startVite(directory, server, allowedHosts, log) {
  const { createServer } = await import('vite');
  // This process keeps running the server modules that it started with; dev.mjs restarts it when they change.
  const loaded = new SourceFiles(directory, ['server']);
  loaded.look();
  const served = new Revision(loaded.hashes);
  const vite = await createServer({
    root: directory,
    configLoader: 'runner',
    appType: 'spa',
    clearScreen: false,
    server: {
      middlewareMode: true,
      hmr: { server },
      allowedHosts: [...CLUSTER_HOSTS, ...allowedHosts],
      // We watch, see sources.mjs.
      watch: null,
    },
  });

  /** @type {Parameters<typeof watchSources>[3]} */
  async function apply(event, path, link) {
    const file = join(directory, path);
    // Vite knows modules by what links lead to, and has no event for a link that leads elsewhere.
    if (link || file === vite.config.configFile) {
      const before = vite.config;
      await vite.restart();
      // A configuration that cannot be loaded is in the log, and the one before stays.
      return vite.config !== before;
    }
    // At once, as the event takes a moment: the next request may be for the module, after one for the revision.
    for (const { moduleGraph } of Object.values(vite.environments)) {
      const gone = event === 'unlink' ? moduleGraph.getModulesByFile(file) : undefined;
      // Vite would answer with what imports it as it was compiled, its import leading nowhere.
      for (const { importers } of gone ?? []) for (const module of importers) moduleGraph.invalidateModule(module);
      moduleGraph.onFileChange(file);
    }
    vite.watcher.emit(event, file);
    // While no page is open, Vite keeps the last error for the next one, though it may be fixed by then. It keeps
    // one message only: a reload of a page that nobody has takes its place.
    if (!vite.ws.clients.size) vite.ws.send({ type: 'full-reload', path: '/nobody-has-this.html' });
    return true;
  }

  const sources = await watchSources(directory, SOURCE_ROOTS.filter((root) => root !== 'server'), served, apply, log);
  return {
    async revision() {
      await sources.look();
      return served.value;
    },
    /** @type {import('./app.mjs').Page} */
    page: (request, response) => {
      vite.middlewares(request, response, () => {
        // Vite hands on what it could not compile as it does what is not there.
        const { pathname } = new URL(request.url ?? '/', 'http://localhost');
        const isThere = existsSync(join(directory, decodeURI(pathname)));
        response.writeHead(isThere ? 500 : 404).end();
      });
    },
    close: () => {
      sources.close();
      return vite.close();
    },
  };
}
