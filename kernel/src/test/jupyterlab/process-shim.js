// The three things JupyterLab's dependencies ask of Node's `process` in a browser.
export const process = { cwd: () => '/', env: { NODE_ENV: 'production' }, nextTick: f => Promise.resolve().then(f) };
