package org.dmalab.kernel.frontend;

import java.io.IOException;
import java.nio.file.Path;

/** Jupyter's folders in an empty place of their own, with the kernel freshly installed and no other setting. */
record JupyterHome(Path folder) {
    static JupyterHome withKernel(Path folder) throws IOException, InterruptedException {
        Command.kernel("--install", "--prefix", folder).run().succeeded();
        return new JupyterHome(folder);
    }

    Command over(Command command) {
        return command.with("JUPYTER_PATH", folder.resolve("share/jupyter"))
                .with("JUPYTER_DATA_DIR", folder.resolve("data"))
                .with("JUPYTER_RUNTIME_DIR", folder.resolve("runtime"))
                .with("JUPYTER_CONFIG_DIR", folder.resolve("config"))
                .with("IPYTHONDIR", folder.resolve("ipython"));
    }
}
