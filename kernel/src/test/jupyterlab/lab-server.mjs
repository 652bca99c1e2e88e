// A JupyterLab server of its own, on a free port of this machine, gone when close() returns.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const START_MS = 60_000;
const STOP_MS = 15_000;

/** Serves the notebooks under `root`; kernels are looked for in the environment's JUPYTER_PATH first. */
export async function startServer(root) {
  const port = await freePort();
  const token = crypto.randomBytes(24).toString('hex');
  const base = `http://127.0.0.1:${port}`;
  const state = fs.mkdtempSync(path.join(os.tmpdir(), 'dmalab-jupyterlab-'));
  const log = path.join(state, 'server.log');
  const output = fs.openSync(log, 'w');
  const server = spawn(process.env.LAB_PYTHON ?? '/usr/bin/python3', [
    path.join(here, 'serve.py'), '--allow-root', '--no-browser', '--ip=127.0.0.1', `--port=${port}`,
    '--port-retries=0', `--ServerApp.token=${token}`, `--ServerApp.root_dir=${root}`
  ], {
    stdio: ['ignore', output, output],
    env: {
      ...process.env, LAB_TEST: '1', LAB_STATE: state, JUPYTER_NO_CONFIG: '1',
      JUPYTER_RUNTIME_DIR: path.join(state, 'runtime'), JUPYTER_DATA_DIR: path.join(state, 'data'),
      IPYTHONDIR: path.join(state, 'ipython')
    }
  });
  const ended = new Promise(resolve => server.once('exit', resolve));
  fs.closeSync(output);

  const close = async () => {
    server.kill('SIGTERM');
    const patience = setTimeout(() => server.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(patience);
    fs.rmSync(state, { recursive: true, force: true });
  };
  const tail = () => fs.readFileSync(log, 'utf8').split('\n').slice(-40).join('\n');

  for (const deadline = Date.now() + START_MS; ;) {
    if (server.exitCode !== null || Date.now() > deadline) {
      const said = tail();
      await close();
      throw new Error(`the Jupyter server did not start [status=${server.exitCode}]\n${said}`);
    }
    const answer = await fetch(`${base}/api/status?token=${token}`).catch(() => null);
    if (answer?.ok) return { base, token, close, tail };
    await new Promise(resolve => setTimeout(resolve, 150));
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
