// JupyterLab in headless Chromium, driven the way a person does: by its menus and buttons.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

const WIDTH = 1400;
const HEIGHT = 1000;
const TALLEST = 16_000;
const START_MS = 60_000;

// What a jupyter_server 1 does not answer and JupyterLab 4 does without: links in tracebacks and to files.
const HARMLESS_404 = /\/api\/(resolvePath|contents\/)/;
const THIS_MACHINE = /^(https?|wss?):\/\/127\.0\.0\.1[:/]|^(data|blob|about):/;

/** A page in a new, empty profile; `complaints` collects what a reader's browser console would show in red. */
export async function openPage() {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'dmalab-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    viewport: { width: WIDTH, height: HEIGHT },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync']
  });
  const page = context.pages()[0] ?? await context.newPage();
  const complaints = [];
  page.on('pageerror', e => complaints.push(`uncaught: ${e.stack ?? e}`));
  page.on('console', m => {
    const failedRequest = m.text().startsWith('Failed to load resource');
    if (m.type() === 'error' && !(failedRequest && HARMLESS_404.test(m.location().url))) {
      complaints.push(`console: ${m.text()} [at=${m.location().url}]`);
    }
  });
  page.on('request', r => {
    if (!THIS_MACHINE.test(r.url())) complaints.push(`the page asks another machine [url=${r.url()}]`);
  });
  const close = async () => {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true });
  };
  return { page, complaints, close };
}

export async function openNotebook(page, { base, token }, file) {
  const workspace = `test-${Date.now()}`;
  await page.goto(`${base}/lab/workspaces/${workspace}/tree/${encodeURI(file)}?token=${token}&reset`);
  await page.waitForFunction(() => document.body.dataset.labReady || document.body.dataset.labError,
    null, { timeout: START_MS });
  const error = await page.evaluate(() => document.body.dataset.labError);
  if (error) throw new Error(`JupyterLab did not start: ${error}`);
  await page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell').first().waitFor({ timeout: 30_000 });
}

/** Chooses the kernel in JupyterLab's own dialogue, unless the notebook already has it. */
export async function selectKernel(page, displayName) {
  const dialog = page.locator('.jp-Dialog');
  const asked = await Promise.any([
    dialog.waitFor({ timeout: START_MS }).then(() => true),
    waitIdle(page, START_MS).then(() => false)
  ]);
  if (!asked) {
    if (await kernelName(page) === displayName) return;
    await page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) [data-jp-item-name="kernelName"]').click();
    await dialog.waitFor();
  }
  const offered = await dialog.locator('select option').allInnerTexts();
  if (!offered.includes(displayName)) {
    throw new Error(`JupyterLab does not offer the kernel "${displayName}" [offered=${offered.join(', ')}]`);
  }
  await dialog.locator('select').selectOption({ label: displayName });
  await dialog.locator('.jp-mod-accept').click();
  await dialog.waitFor({ state: 'detached' });
  await waitIdle(page);
  const chosen = await kernelName(page);
  if (chosen !== displayName) throw new Error(`the kernel is "${chosen}", not "${displayName}"`);
}

const kernelName = page => page.evaluate(() =>
  window.jupyterapp.shell.currentWidget.sessionContext.kernelDisplayName);

export async function waitIdle(page, timeout = START_MS) {
  await page.waitForFunction(() => {
    const session = window.jupyterapp?.shell?.currentWidget?.sessionContext;
    const kernel = session?.session?.kernel;
    return session?.isReady && kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
  }, null, { timeout });
}

export async function clickMenu(page, menu, item) {
  await page.locator('.lm-MenuBar-itemLabel', { hasText: new RegExp(`^${menu}$`) }).click();
  await page.locator('.lm-Menu-itemLabel', { hasText: new RegExp(`^${item}$`) }).click();
}

export async function clearOutputs(page) {
  await clickMenu(page, 'Edit', 'Clear Outputs of All Cells');
}

/** Runs every cell and waits until the last of them, or the first that raises, has ended. */
export async function runAll(page, timeout) {
  await clickMenu(page, 'Run', 'Run All Cells');
  await page.waitForFunction(() => {
    const cells = window.jupyterapp.shell.currentWidget.content.widgets
      .filter(c => c.model.type === 'code' && c.model.sharedModel.getSource().trim());
    if (cells.some(c => c.promptNode?.textContent?.includes('*'))) return false;
    const raised = cells.findIndex(c => c.model.outputs.toJSON().some(o => o.output_type === 'error'));
    return cells.slice(0, raised < 0 ? cells.length : raised + 1).every(c => c.model.executionCount != null);
  }, null, { timeout });
  await waitIdle(page, timeout);
}

/** For each code cell: its errors, how many pictures its outputs hold, and the pictures a reader sees. */
export async function readCells(page) {
  return page.evaluate(() => {
    const drawing = /^(image\/|application\/vnd\.vega)/;
    const seen = node => {
      const box = node.getBoundingClientRect();
      return { width: box.width, height: box.height, visible: node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) };
    };
    const colours = (source, width, height) => {
      const canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = height;
      const context = canvas.getContext('2d');
      context.drawImage(source, 0, 0);
      return new Set(new Uint32Array(context.getImageData(0, 0, width, height).data.buffer)).size;
    };
    const image = i => ({ kind: 'img', ...seen(i), naturalWidth: i.naturalWidth, naturalHeight: i.naturalHeight,
      colours: i.naturalWidth && i.naturalHeight ? colours(i, i.naturalWidth, i.naturalHeight) : 0 });
    const canvas = c => ({ kind: 'canvas', ...seen(c), naturalWidth: c.width, naturalHeight: c.height,
      colours: c.width && c.height ? colours(c, c.width, c.height) : 0 });
    const svg = s => ({ kind: 'svg', ...seen(s), naturalWidth: s.viewBox.baseVal?.width || s.getBoundingClientRect().width,
      naturalHeight: s.viewBox.baseVal?.height || s.getBoundingClientRect().height, marks: s.querySelectorAll('path,rect,text,line').length });
    return window.jupyterapp.shell.currentWidget.content.widgets
      .map((cell, index) => ({ cell, index }))
      .filter(({ cell }) => cell.model.type === 'code')
      .map(({ cell, index }) => {
        const outputs = cell.model.outputs.toJSON();
        const area = cell.outputArea.node;
        return {
          index,
          source: cell.model.sharedModel.getSource().split('\n')[0],
          errors: outputs.filter(o => o.output_type === 'error').map(o => `${o.ename}: ${o.evalue}`),
          expected: outputs.filter(o => o.data && Object.keys(o.data).some(mime => drawing.test(mime))).length,
          pictures: [...area.querySelectorAll('.jp-OutputArea-output img')].map(image)
            .concat([...area.querySelectorAll('.jp-OutputArea-output canvas')].map(canvas))
            .concat([...area.querySelectorAll('.vega-embed svg.marks')].map(svg))
        };
      });
  });
}

/** The whole notebook as one PNG file. */
export async function screenshot(page, file) {
  const height = await page.evaluate(() => {
    const notebook = window.jupyterapp.shell.currentWidget.content.node;
    const top = notebook.querySelector('.jp-Cell').getBoundingClientRect().top;
    return Math.max(...[...notebook.querySelectorAll('.jp-Cell')].map(c => c.getBoundingClientRect().bottom)) - top;
  });
  await page.setViewportSize({ width: WIDTH, height: Math.min(Math.max(HEIGHT, Math.ceil(height) + 160), TALLEST) });
  await page.evaluate(() => document.querySelectorAll('.jp-WindowedPanel-outer').forEach(e => { e.scrollTop = 0; }));
  await page.waitForTimeout(600);
  await page.screenshot({ path: file });
}

export async function useTheme(page, name) {
  await page.evaluate(theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme }), name);
  await page.waitForFunction(theme => document.body.dataset.jpThemeName === theme, name, { timeout: 15_000 });
}
