// Assembles a JupyterLab 4 front end out of the @jupyterlab/* packages in node_modules.
//
//     node build.mjs [--out DIR]      default: kernel/target/jupyterlab/dist
//
// DIR/static (the bundle), DIR/schemas and DIR/themes are what jupyterlab_server serves.
import * as esbuild from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({ options: { out: { type: 'string' } } });
const dist = path.resolve(options.out ?? path.join(here, '../../../target/jupyterlab/dist'));

const manifest = dir => JSON.parse(fs.readFileSync(path.join(dir, 'package.json'), 'utf8'));
const extensions = collectExtensions();

fs.rmSync(dist, { recursive: true, force: true });
fs.mkdirSync(path.join(dist, 'static'), { recursive: true });

const started = Date.now();
const bundle = {
  bundle: true,
  minify: true,
  logLevel: 'warning',
  plugins: [webpackSpellings()],
  loader: {
    '.svg': 'text', '.md': 'text', '.html': 'text', '.woff': 'dataurl', '.woff2': 'dataurl',
    '.ttf': 'dataurl', '.eot': 'dataurl', '.png': 'dataurl', '.jpg': 'dataurl', '.gif': 'dataurl'
  }
};
await esbuild.build({
  ...bundle,
  stdin: { contents: entryPoint(extensions), resolveDir: here, sourcefile: 'entry.js', loader: 'js' },
  outdir: path.join(dist, 'static'),
  entryNames: 'lab',
  // One file: with code splitting, esbuild gives import() of a CommonJS module (MathJax's are)
  // a default export only.
  format: 'esm',
  target: 'es2022',
  inject: [path.join(here, 'process-shim.js')],
  define: { global: 'globalThis', __dirname: '"/"', 'process.env.NODE_ENV': '"production"' }
});
for (const { name, css } of extensions.themes) {
  await esbuild.build({ ...bundle, entryPoints: [css], outfile: path.join(dist, 'themes', name, 'index.css') });
}
for (const { name, dir } of extensions.schemas) {
  fs.cpSync(dir, path.join(dist, 'schemas', name), { recursive: true });
}
console.log(`JupyterLab assembled: ${extensions.plugins.length} extensions, ${extensions.mimes.length} MIME renderers, ` +
  `${extensions.themes.length} themes [folder=${dist}] [ms=${Date.now() - started}]`);

/** What the packages declare under "jupyterlab": entry modules, style sheets, schemas, themes. */
function collectExtensions() {
  const found = { plugins: [], mimes: [], styles: [], themes: [], schemas: [] };
  for (const name of Object.keys(manifest(here).dependencies)) {
    const dir = path.join(here, 'node_modules', name);
    const { jupyterlab: lab, styleModule } = manifest(dir);
    if (!lab) continue;
    const module = flag => (flag === true ? name : `${name}/${flag.replace(/^\.\//, '')}`);
    if (lab.extension) found.plugins.push(module(lab.extension));
    if (lab.mimeExtension) found.mimes.push(module(lab.mimeExtension));
    if (styleModule) found.styles.push(`${name}/${styleModule}`);
    if (lab.themePath) found.themes.push({ name, css: path.join(dir, lab.themePath) });
    if (lab.schemaDir) found.schemas.push({ name, dir: path.join(dir, lab.schemaDir) });
  }
  return found;
}

/** The page's program. The language-server plugins need jupyter-lsp on the server, so they stay off. */
function entryPoint({ plugins, mimes, styles }) {
  return `
${styles.map(s => `import ${JSON.stringify(s)};`).join('\n')}
import { JupyterPluginRegistry, PageConfig } from '@jupyterlab/coreutils';
import { IConnectionStatus, IServiceManager } from '@jupyterlab/services';
import { JupyterLab } from '@jupyterlab/application';
${plugins.map((p, i) => `import * as plugin${i} from ${JSON.stringify(p)};`).join('\n')}
${mimes.map((p, i) => `import * as mime${i} from ${JSON.stringify(p)};`).join('\n')}
const off = id => /:language-server$/.test(id) || PageConfig.Extension.isDisabled(id);
const flat = modules => modules.map(m => m.default ?? m).flat().filter(p => !off(p.id));
const pluginRegistry = new JupyterPluginRegistry();
pluginRegistry.registerPlugins(flat([${plugins.map((_, i) => `plugin${i}`)}]));
(async () => {
  const serviceManager = await pluginRegistry.resolveRequiredService(IServiceManager);
  const connectionStatus = await pluginRegistry.resolveOptionalService(IConnectionStatus);
  const mimeExtensions = flat([${mimes.map((_, i) => `mime${i}`)}]);
  const lab = new JupyterLab({ pluginRegistry, serviceManager, connectionStatus, mimeExtensions });
  window.jupyterapp = lab;
  await lab.start({ ignorePlugins: [], bubblingKeydown: true });
  await lab.restored;
  document.body.dataset.labReady = 'true';
})().catch(e => {
  console.error(e);
  document.body.dataset.labError = String((e && e.stack) || e);
});
`;
}

/** JupyterLab's sources are written for webpack: '~package/file' in CSS, and .svg as a URL in CSS but text in JavaScript. */
function webpackSpellings() {
  const resolveAs = (build, target, args, pluginData) => build.resolve(target, {
    kind: args.kind, resolveDir: args.resolveDir, importer: args.importer, pluginData
  });
  return {
    name: 'webpack-spellings',
    setup(build) {
      build.onResolve({ filter: /^~/ }, args => resolveAs(build, args.path.slice(1), args));
      build.onResolve({ filter: /\.svg(\?.*)?$/ }, async args => {
        if (args.kind !== 'url-token' || args.pluginData === 'resolving') return undefined;
        const resolved = await resolveAs(build, args.path.replace(/\?.*$/, ''), args, 'resolving');
        return resolved.errors.length ? { errors: resolved.errors } : { path: resolved.path, namespace: 'svg-url' };
      });
      build.onLoad({ filter: /.*/, namespace: 'svg-url' }, args => ({
        contents: fs.readFileSync(args.path), loader: 'dataurl'
      }));
      build.onLoad({ filter: /\.raw\.css$/ }, args => ({
        contents: fs.readFileSync(args.path, 'utf8'), loader: 'text'
      }));
    }
  };
}
