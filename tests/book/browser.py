"""A headless Chromium that looks at the rendered book, and a server on this machine to look at."""

import contextlib
import functools
import http.server
import json
import shutil
import threading
from urllib.parse import urlsplit

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
FLAGS += ["--disable-dev-shm-usage", "--hide-scrollbars"]
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@contextlib.contextmanager
def serving(folder):
    """Serve `folder` on a free port of this machine; gives the address."""
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextlib.contextmanager
def chromium(profile, *, width, mode):
    """A driver with its own empty `profile` folder and a screen `width` pixels wide; `mode` is light or dark."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in [*FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        driver.set_page_load_timeout(60)
        # A window cannot be narrower than 500 pixels; an emulated screen can.
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        chosen = f"localStorage.setItem('mode', '{mode}'); localStorage.setItem('theme', '{mode}')"
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": f"try {{{chosen}}} catch {{}}"})
        yield driver
    finally:
        driver.quit()


def console_errors(driver):
    """What the page put on the console as an error since the last call."""
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]


def foreign_requests(driver):
    """Addresses outside this machine that the browser asked for since the last call."""
    sent = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"]
    return [url for url in urls if urlsplit(url).scheme in ("http", "https", "ws", "wss")
            and urlsplit(url).hostname != "127.0.0.1"]  # fmt: skip
