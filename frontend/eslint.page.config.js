// The checks of the page of ./dev up, which the browser gets as it is written: no types, no build.
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import globals from 'globals';

export default defineConfig(js.configs.recommended, { languageOptions: { globals: globals.browser } });
