"""Executes a notebook with nbclient in the kernel "dmalab", and makes a page of it with nbconvert.

    /usr/bin/python3 execute_notebook.py NOTEBOOK FOLDER

Writes FOLDER/NAME.ipynb and FOLDER/NAME.html. Ends with status 1 and one line per finding when a cell raises,
when an output is over 1 MB, or when the page lacks a picture that an output holds.
"""
import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

KERNEL = "dmalab"
CELL_SECONDS = 180
OUTPUT_BYTES = 1_000_000


def findings(source, folder):
    notebook = nbformat.read(source, as_version=4)
    client = NotebookClient(notebook, kernel_name=KERNEL, timeout=CELL_SECONDS,
                            resources={"metadata": {"path": str(source.parent)}})
    try:
        client.execute()
    except CellExecutionError:
        pass  # the error is an output of its cell and found below
    nbformat.write(notebook, folder / source.name)

    pictures = 0
    for number, cell in enumerate(notebook.cells, 1):
        at = f"{source.name}: cell {number} of {len(notebook.cells)}"
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                yield f"{at} raises {output.ename}: {output.evalue}\n" + "\n".join(output.traceback)
            size = len(json.dumps(output))
            if size > OUTPUT_BYTES:
                yield f"{at} has an output over 1 MB [bytes={size}]"
            pictures += "image/png" in output.get("data", {})

    page, _ = HTMLExporter().from_notebook_node(notebook)
    (folder / source.with_suffix(".html").name).write_text(page)
    shown = page.count("data:image/png;base64,")
    if shown < pictures:
        yield f"{source.name}: nbconvert's page lacks pictures [shown={shown}] [held={pictures}]"


if __name__ == "__main__":
    found = list(findings(Path(sys.argv[1]).resolve(), Path(sys.argv[2])))
    print("\n".join(found))
    sys.exit(1 if found else 0)
