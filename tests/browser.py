"""A page in headless Chromium, over its remote debugging protocol."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess

import aiohttp

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
]


def browser():
    """Path of an installed Chromium or Chrome, or None."""
    given = os.environ.get("EEGLRP_BROWSER")
    return given or next(filter(None, map(shutil.which, PROGRAMS)), None)


class Page:
    """An open page: run JavaScript, send keys, and see what it asked for and complained of."""

    def __init__(self, socket):
        self.socket, self.count, self.waiting = socket, 0, {}
        self.requests, self.complaints = [], []

    async def listen(self):
        """Sort the browser's messages into answers, requests and complaints."""
        async for message in self.socket:
            said = message.json()
            if "id" in said:
                self.waiting.pop(said["id"]).set_result(said)
            self._note(said.get("method"), said.get("params", {}))

    def _note(self, method, params):
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in (
            "error",
            "warning",
        ):
            self.complaints.append(str(params["args"]))

    async def call(self, method, **params):
        """Call a method of the protocol and return its result."""
        self.count += 1
        self.waiting[self.count] = answer = (
            asyncio.get_running_loop().create_future()
        )
        await self.socket.send_json(
            {"id": self.count, "method": method, "params": params}
        )
        said = await asyncio.wait_for(answer, 60)
        assert "error" not in said, said
        return said["result"]

    async def run(self, script):
        """Value of a JavaScript expression."""
        options = {"returnByValue": True, "awaitPromise": True}
        done = await self.call(
            "Runtime.evaluate", expression=script, **options
        )
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    async def press(self, key, text=""):
        """Press and release a key."""
        options = {
            "key": key,
            "code": key,
            "windowsVirtualKeyCode": {"Enter": 13, "Tab": 9}[key],
        }
        await self.call(
            "Input.dispatchKeyEvent", type="keyDown", text=text, **options
        )
        await self.call("Input.dispatchKeyEvent", type="keyUp", **options)

    async def size(self, width, height):
        """Lay the page out for a window of so many pixels."""
        options = {
            "width": width,
            "height": height,
            "deviceScaleFactor": 1,
            "mobile": width < 600,
        }
        await self.call("Emulation.setDeviceMetricsOverride", **options)


def visit(program, address, folder, what):
    """Open a page, await `what(page)` and return its value; the browser ends with it."""
    command = [program, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        return asyncio.run(_visit(process, address, what))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


async def _visit(process, address, what):
    said = ""
    while not (
        port := re.search(r"DevTools listening on ws://([\d.]+:\d+)/", said)
    ):
        line = await asyncio.wait_for(
            asyncio.to_thread(process.stderr.readline), 60
        )
        assert line, f"the browser ended: {said}"
        said += line
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://{port[1]}/json/list") as answer:
            pages = [
                page for page in await answer.json() if page["type"] == "page"
            ]
        async with session.ws_connect(
            pages[0]["webSocketDebuggerUrl"], max_msg_size=0
        ) as socket:
            page = Page(socket)
            listener = asyncio.create_task(page.listen())
            for domain in ("Network", "Log", "Runtime", "Page"):
                await page.call(f"{domain}.enable")
            # No network: what the page needs must be in it.
            await page.call("Network.emulateNetworkConditions", **_OFFLINE)
            await page.call("Page.navigate", url=address)
            await page.run(_LOADED)
            value = await what(page)
            listener.cancel()
            return value


_OFFLINE = {
    "offline": True,
    "latency": 0,
    "downloadThroughput": 0,
    "uploadThroughput": 0,
}
_LOADED = """new Promise(done => document.readyState === "complete" ? done()
    : addEventListener("load", () => done()))"""
