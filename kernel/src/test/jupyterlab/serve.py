"""Serves the JupyterLab front end that build.mjs assembled, with the distribution's jupyterlab_server.

    /usr/bin/python3 serve.py [Jupyter server options]

Environment: LAB_DIST   the assembled front end (default: kernel/target/jupyterlab/dist)
             LAB_STATE  settings and workspaces (default: a folder "state" beside LAB_DIST)
             LAB_TEST   when set, every cell of a notebook stays in the page, so that a test sees all of them
"""
import getpass
import json
import os
from pathlib import Path

import jupyter_server
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyterlab_server import LabServerApp
from tornado import web, websocket
from traitlets import Unicode

HERE = Path(__file__).resolve().parent
DIST = Path(os.environ.get("LAB_DIST", HERE.parents[2] / "target" / "jupyterlab" / "dist"))
STATE = Path(os.environ.get("LAB_STATE", DIST.parent / "state"))


class Identity(APIHandler):
    """GET /api/me, which JupyterLab 4 asks for and jupyter_server 1 does not have."""

    @web.authenticated
    def get(self):
        name = getpass.getuser()
        identity = {"username": name, "name": name, "display_name": name,
                    "initials": name[:1].upper(), "avatar_url": None, "color": None}
        self.finish(json.dumps({"identity": identity, "permissions": {}}))


class SilentEvents(JupyterHandler, websocket.WebSocketHandler):
    """jupyter_server 2's event bus, with no event ever: jupyter_server 1 has none to send."""

    async def get(self, *args, **kwargs):
        if self.current_user is None:
            raise web.HTTPError(403)
        await websocket.WebSocketHandler.get(self, *args, **kwargs)

    def on_message(self, message):
        """Nothing is expected from the page."""


class LabApp(LabServerApp):
    name = "lab"
    extension_url = "/lab"
    default_url = Unicode("/lab", config=True, help="The page that opens first, as in JupyterLab's own LabApp.")
    app_name = "JupyterLab"
    app_version = json.loads((HERE / "package.json").read_text())["dependencies"]["@jupyterlab/application"]
    load_other_extensions = False
    static_dir = str(DIST / "static")
    schemas_dir = str(DIST / "schemas")
    themes_dir = str(DIST / "themes")
    templates_dir = str(HERE / "templates")
    app_settings_dir = str(STATE / "app_settings")
    user_settings_dir = str(STATE / "user_settings")
    workspaces_dir = str(STATE / "workspaces")

    def initialize_handlers(self):
        super().initialize_handlers()
        if jupyter_server.version_info[0] < 2:
            self.handlers.append((r"/api/me", Identity))
            self.handlers.append((r"/api/events/subscribe", SilentEvents))


def _jupyter_server_extension_points():
    return [{"module": __name__, "app": LabApp}]


def write_overrides():
    """The defaults that differ from JupyterLab's own: it never asks the network for news or updates."""
    overrides = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    if os.environ.get("LAB_TEST"):
        overrides["@jupyterlab/notebook-extension:tracker"] = {"windowingMode": "none"}
    folder = STATE / "app_settings"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "overrides.json").write_text(json.dumps(overrides))


if __name__ == "__main__":
    write_overrides()
    LabApp.launch_instance()
