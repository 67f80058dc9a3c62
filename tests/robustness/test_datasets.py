"""Sets by name: read, fetched from a server on this machine, resumed, verified; never a download unasked."""

import dataclasses
import hashlib
import io
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from srlib import datasets
from srlib.errors import SrlibError


def png(seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def server():
    """A web server on this machine: `files` is what it gives, `asked` the paths it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            body = self.server.files.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.files = {f"/{i}.png": png(i) for i in range(6)}
        httpd.asked = []
        httpd.url = f"http://127.0.0.1:{httpd.server_port}"
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield httpd
        httpd.shutdown()
        thread.join()


@pytest.fixture
def toy(server, tmp_path, monkeypatch):
    """A set "Toy" of six files on that server, in a table of its own, and an empty cache folder."""
    rows = tuple(
        datasets.Source("Toy", f"Toy/sub{i % 2}/{i}.png", f"{server.url}/{i}.png",
                        hashlib.sha256(png(i)).hexdigest(), len(png(i)))
        for i in range(6)
    )
    monkeypatch.setattr(datasets, "_table", lambda: {"Toy": rows})
    monkeypatch.delenv("SRLIB_DATA", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / name)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # pooch waits between its retries
    return tmp_path / "srlib"


def test_fetch_then_load(toy, server):
    assert not datasets.available("Toy")
    assert datasets.fetch("Toy") == toy
    assert datasets.available("Toy")
    assert datasets.verify("Toy") == []
    loaded = datasets.load("Toy")
    assert [image.name for image in loaded] == [f"sub{i % 2}/{i}" for i in range(6)]
    assert loaded[3].pixels.shape == (8, 9, 3)
    assert sorted(server.asked) == [f"/{i}.png" for i in range(6)]
    assert sum(path.is_file() for path in toy.rglob("*")) == 6, "a temporary file was left behind"


def test_fetch_asks_only_for_what_is_missing_or_bad(toy, server):
    datasets.fetch("Toy")
    server.asked.clear()
    datasets.fetch("Toy")
    assert server.asked == []
    (toy / "Toy/sub0/2.png").unlink()
    (toy / "Toy/sub1/5.png").write_bytes(b"x" * len(png(5)))  # right size, wrong content
    assert datasets.available("Toy") is False
    problems = datasets.verify("Toy")
    assert len(problems) == 2
    assert "2.png: missing" in problems[0]
    assert "5.png: wrong SHA-256" in problems[1]
    datasets.fetch("Toy")
    assert sorted(server.asked) == ["/2.png", "/5.png"]
    assert datasets.verify("Toy") == []


def test_wrong_bytes_from_the_server_are_never_kept(toy, server):
    server.files["/4.png"] = png(99)
    with pytest.raises(SrlibError, match=r"Toy/sub0/4\.png: cannot download http.*wrong SHA-256") as caught:
        datasets.fetch("Toy")
    assert "\n" not in str(caught.value)
    assert not (toy / "Toy/sub0/4.png").exists()
    server.files["/4.png"] = png(4)
    datasets.fetch("Toy")
    assert datasets.verify("Toy") == []


def test_a_missing_address_and_no_connection_are_one_line(toy, server, monkeypatch):
    del server.files["/0.png"]
    with pytest.raises(SrlibError, match=r"Toy/sub0/0\.png: cannot download .*404") as caught:
        datasets.fetch("Toy")
    assert "\n" not in str(caught.value)
    with socket.socket() as unused:  # bound but not listening: connections are refused
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/0.png"
        row = dataclasses.replace(datasets.sources("Toy")[0], url=url)
        monkeypatch.setattr(datasets, "_table", lambda: {"Toy": (row,)})
        with pytest.raises(SrlibError, match="no connection"):
            datasets.fetch("Toy")


def test_a_folder_of_the_user_is_filled_but_nothing_in_it_replaced(toy, server, tmp_path, monkeypatch):
    mine = tmp_path / "mine"
    monkeypatch.setenv("SRLIB_DATA", str(mine))
    datasets.fetch("Toy")
    assert (mine / "Toy/sub0/0.png").read_bytes() == png(0)
    (mine / "Toy/sub0/0.png").write_bytes(b"my own picture")
    with pytest.raises(SrlibError, match="move this file away"):
        datasets.fetch("Toy")
    assert (mine / "Toy/sub0/0.png").read_bytes() == b"my own picture"
    assert not toy.exists()


def test_load_never_downloads(toy, server):
    with pytest.raises(SrlibError) as caught:
        datasets.load("Toy")
    assert str(caught.value) == (f"Toy is not on this machine (looked in {datasets.folder()}): "
                                 "run `python -m srlib data fetch Toy`, or set SRLIB_DATA")
    datasets.fetch("Toy")
    server.asked.clear()
    (toy / "Toy/sub0/0.png").unlink()
    with pytest.raises(SrlibError, match="only in part on this machine"):
        datasets.load("Toy")
    (toy / "Toy/sub0/0.png").write_bytes(png(0)[:50])
    with pytest.raises(SrlibError, match=r"0\.png: 50 bytes instead of"):
        datasets.load("Toy")
    assert server.asked == []


def test_a_set_in_the_cache_is_not_looked_for_beside_srlib_data(toy, tmp_path, monkeypatch):
    datasets.fetch("Toy")
    monkeypatch.setenv("SRLIB_DATA", str(tmp_path / "nowhere"))
    assert not datasets.available("Toy")
    with pytest.raises(SrlibError, match=r"not on this machine \(looked in .*nowhere\)"):
        datasets.load("Toy")


def test_unknown_names():
    for call in (datasets.load, datasets.fetch, datasets.verify, datasets.digest, datasets.available):
        with pytest.raises(SrlibError, match=r"no data set is called 'Set6'.*Set5"):
            call("Set6")


def test_the_table():
    counts = {name: len(datasets.sources(name)) for name in datasets.names()}
    assert counts == {
        "Set5": 5, "Set14": 14, "B100": 100, "BSD200": 200, "BSDS300_train": 200, "Urban100": 100, "T91": 91,
        "General100": 100, "RealSR": 4, "MATLAB_LR_symmetric": 57, "MATLAB_LR_clamped": 15,
        "ddsr291": 291, "rgb380": 380, "validation": 10, "embedded": 0, "embedded_train": 0, "embedded_test": 0,
    }
    for name in datasets.names():
        files = datasets.sources(name)
        assert len({source.name for source in files}) == len(files), f"{name}: two images share a name"
        for source in files:
            assert source.path.startswith(source.dataset + "/")
            assert source.url.startswith("https://")
            assert len(bytes.fromhex(source.sha256)) == 32


def test_unions_and_validation():
    parts = [source.dataset for source in datasets.sources("ddsr291")]
    assert parts == ["T91"] * 91 + ["B100"] * 100 + ["General100"] * 100
    colour = {source.sha256 for source in datasets.sources("rgb380")}
    for name in ("validation", "Set5", "Set14", "B100", "Urban100"):  # nothing that is measured is trained on
        assert not colour & {source.sha256 for source in datasets.sources(name)}
    assert "302003" not in [source.name for source in datasets.sources("rgb380")]
    validation = [source.name for source in datasets.sources("validation")]
    whole = [source.name for source in datasets.sources("BSDS300_train")]
    assert [whole.index(name) for name in validation] == list(range(9, 200, 20))
    assert {"302003", "12003"} <= set(whole)
    assert not {"302003", "12003"} & set(validation)
    tests = [source.sha256 for name in ("Set5", "Set14", "B100", "BSD200", "Urban100", "ddsr291")
             for source in datasets.sources(name)]
    assert not {source.sha256 for source in datasets.sources("validation")} & set(tests)


def test_digests_tell_sets_apart_and_follow_the_files(toy, monkeypatch):
    before = datasets.digest("Toy")
    rows = datasets.sources("Toy")
    monkeypatch.setattr(datasets, "_table", lambda: {"Toy": rows[::-1]})
    assert datasets.digest("Toy") == before, "the order of the table is no content"
    changed = (dataclasses.replace(rows[0], sha256="0" * 64), *rows[1:])
    monkeypatch.setattr(datasets, "_table", lambda: {"Toy": changed})
    assert datasets.digest("Toy") != before


def test_no_two_sets_share_a_digest():
    assert len({datasets.digest(name) for name in datasets.names()}) == len(datasets.names())


def test_embedded_sets_need_no_network_and_no_folder(monkeypatch, tmp_path):
    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("SRLIB_DATA", str(tmp_path / "nowhere"))
    train, test, both = (datasets.load(name) for name in ("embedded_train", "embedded_test", "embedded"))
    assert [image.name for image in both] == [image.name for image in train + test]
    assert not {image.name for image in train} & {image.name for image in test}
    assert {image.pixels.ndim for image in train} == {image.pixels.ndim for image in test} == {2, 3}
    for image in test:
        assert image.pixels.shape[:2] == (240, 240)
    for name in datasets.EMBEDDED:
        assert datasets.available(name)
        assert datasets.verify(name) == []


def test_embedded_pixels_are_the_known_ones():
    """The quick profile's stored outputs depend on them: another scikit-image must not change them unseen."""
    assert datasets.digest("embedded").startswith("1ce71f7587fd")


@pytest.mark.parametrize("name", ["Set5", "Set14", "RealSR", "ddsr291", "validation"])
def test_the_real_sets(name):
    if not datasets.available(name):
        pytest.skip(f"{name} is absent: set SRLIB_DATA, or run `python -m srlib data fetch {name}`")
    loaded = datasets.load(name)
    assert [image.name for image in loaded] == [source.name for source in datasets.sources(name)]
    assert all(image.pixels.dtype == np.uint8 for image in loaded)
    if name == "Set14":
        assert {image.name for image in loaded if image.pixels.ndim == 2} == {"bridge"}
