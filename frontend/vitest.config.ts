import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  test: {
    globalSetup: ['tests/support/serve.ts'],
    include: ['tests/**/*.test.{ts,tsx}'],
    // For machines that are busy; nothing waits longer than it has to.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
