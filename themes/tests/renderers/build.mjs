// The page of the renderers as one script: what the guide shows integrators, and the test's own page around it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules, guide, page, out] = process.argv.slice(2);
const { build } = createRequire(join(modules, 'any.js'))('esbuild');

mkdirSync(join(out, 'guide'), { recursive: true });
for (const [, code, name] of readFileSync(guide, 'utf8').matchAll(/```jsx?\n(\/\/ (\S+)\n[\s\S]*?)```/g)) {
  writeFileSync(join(out, 'guide', name), code);
}
writeFileSync(join(out, 'page.jsx'), readFileSync(page));
await build({
  entryPoints: [join(out, 'page.jsx')],
  outfile: join(out, 'page.js'),
  nodePaths: [modules],
  bundle: true,
  jsx: 'automatic',
  jsxDev: true,
  define: { 'process.env.NODE_ENV': '"development"' },
  logLevel: 'warning',
});
