import { defineConfig } from 'vite';

// `npm run dev` serves the page with what is being edited, and asks the adit-admin that
// ADIT_ADMIN_CONSOLE names for the data.
const admin = process.env['ADIT_ADMIN_CONSOLE'] ?? 'http://127.0.0.1:24283';

export default defineConfig({
    esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
    build: {
        target: 'es2020',
        // Files of their own always: a policy without data: addresses lets nothing else load.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rollupOptions: { input: ['index.html', 'miner.html'] },
    },
    server: { proxy: { '/api': { target: admin, changeOrigin: true } } },
});
