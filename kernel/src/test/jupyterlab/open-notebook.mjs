// Opens a notebook in a fresh JupyterLab, runs it from top to bottom and looks at every picture.
//
//     node open-notebook.mjs NOTEBOOK.ipynb [--kernel "Java (DMA Lab)"] [--shots DIR] [--timeout SECONDS]
//
// Ends with status 1 and one line per finding when a cell raises, when a picture is missing, invisible, empty
// or of one colour, when no cell draws, or when the browser complains. DIR/NAME-light.png and DIR/NAME-dark.png show the notebook.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { clearOutputs, openNotebook, openPage, readCells, runAll, screenshot, selectKernel, useTheme } from './lab-page.mjs';
import { startServer } from './lab-server.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kernel: { type: 'string', default: 'Java (DMA Lab)' },
    shots: { type: 'string', default: path.join(here, '../../../target/screenshots') },
    timeout: { type: 'string', default: '240' }
  }
});
if (positionals.length !== 1) {
  console.error('open-notebook: name one notebook');
  process.exit(2);
}
const notebook = path.resolve(positionals[0]);
const name = path.basename(notebook, '.ipynb');
const started = Date.now();
const step = what => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${what}`);

const server = await startServer(path.dirname(notebook));
step('server up');
const { page, complaints, close } = await openPage();
const findings = [];
fs.mkdirSync(options.shots, { recursive: true });
try {
  await openNotebook(page, server, path.basename(notebook));
  step('notebook open');
  await selectKernel(page, options.kernel);
  await clearOutputs(page);
  step(`kernel idle [kernel=${options.kernel}]`);
  await runAll(page, Number(options.timeout) * 1000);
  step('all cells run');
  await page.waitForTimeout(1_000);
  await screenshot(page, path.join(options.shots, `${name}-light.png`));
  const cells = await readCells(page);
  findings.push(...cells.flatMap(judge));
  const drawn = cells.reduce((sum, cell) => sum + cell.pictures.length, 0);
  if (drawn === 0) findings.push(`${name}: no cell shows a picture`);
  await useTheme(page, 'JupyterLab Dark');
  await screenshot(page, path.join(options.shots, `${name}-dark.png`));
  step(`${cells.length} code cells, ${drawn} pictures looked at`);
} catch (e) {
  await page.screenshot({ path: path.join(options.shots, `${name}-failed.png`) });
  findings.push(`${name}: ${e.stack ?? e}`, server.tail());
} finally {
  await close();
  await server.close();
}
findings.push(...new Set(complaints));
findings.forEach(finding => console.error(finding));
process.exitCode = findings.length ? 1 : 0;

/** What is wrong with a cell, in sentences. */
function judge(cell) {
  const at = `${name}: cell ${cell.index + 1} (${cell.source})`;
  const found = cell.errors.map(error => `${at}: raises ${error}`);
  if (cell.pictures.length < cell.expected) {
    found.push(`${at}: shows fewer pictures than its outputs hold [shown=${cell.pictures.length}] [held=${cell.expected}]`);
  }
  for (const p of cell.pictures) {
    const size = `[${p.kind} ${p.naturalWidth}x${p.naturalHeight}, shown as ${Math.round(p.width)}x${Math.round(p.height)}]`;
    if (!(p.naturalWidth > 0 && p.naturalHeight > 0)) found.push(`${at}: a picture has no size ${size}`);
    else if (!p.visible || p.width < 1 || p.height < 1) found.push(`${at}: a picture is not visible ${size}`);
    else if (p.colours < 2 || p.marks === 0) found.push(`${at}: a picture shows nothing ${size}`);
  }
  return found;
}
