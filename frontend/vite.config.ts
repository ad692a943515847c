/** How the page and the production server are built, and how Vite behaves inside the development server. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

/** Compresses once, at build time and at the highest level, what the server would otherwise compress per request. */
function precompress(): Plugin {
  let directory = '';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved(config) {
      directory = join(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !['.css', '.html', '.js', '.svg'].includes(extname(entry.name))) continue;
        const path = join(entry.parentPath, entry.name);
        const content = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(content));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** What of other people's is in a build, and under which licence: `./dev images --sbom` reads it, visitors may. */
const license = { fileName: 'licenses.json' };

const page: UserConfig = {
  plugins: [react(), precompress()],
  // Outside the tree, which may be read-only; below a node_modules, which marks its files as not ours.
  cacheDir: join(tmpdir(), 'todo-frontend', 'node_modules', '.vite'),
  optimizeDeps: {
    // Named, so that the first visit never waits for their discovery and the reload after it.
    include: ['@tanstack/react-query', '@tanstack/react-virtual', 'react', 'react-dom', 'react-dom/client', 'react/jsx-dev-runtime', 'react/jsx-runtime'],
  },
  build: {
    target: 'es2022',
    // The content security policy has no room for inline fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license,
  },
};

/** The production server with what it imports, as its image has no node_modules: `vite build --ssr`. */
const server: UserConfig = {
  build: {
    target: 'node22',
    copyPublicDir: false,
    license,
    rolldownOptions: { output: { entryFileNames: 'main.mjs', chunkFileNames: '[name].mjs' } },
  },
  // Only a development server imports Vite.
  ssr: { noExternal: true, external: ['vite'] },
};

export default defineConfig(({ isSsrBuild }) => (isSsrBuild ? server : page));
