"""Download files whose address and SHA-256 are known beforehand."""

from concurrent.futures import ThreadPoolExecutor

from srlib.errors import SrlibError


def download(base, sources, title):
    """Bring each source (path, url, sha256, bytes) to `base`/path, with a progress bar when on a terminal.

    A file takes its name only after its SHA-256 was checked, so an interruption leaves no bad file behind.
    Raises SrlibError when there is no connection, no room, or the address now gives other bytes.
    """
    try:
        import pooch
        import requests
    except ImportError:
        raise SrlibError("downloading needs pooch: run `pip install pooch`") from None
    from tqdm import tqdm

    for source in sources:  # before the threads start: pooch's own mkdir is not made for several at once
        (base / source.path).parent.mkdir(parents=True, exist_ok=True)
    pooch.get_logger().setLevel("WARNING")  # one bar instead of two lines a file
    # pooch writes to a temporary name, checks the hash, and only then moves the file into place.
    store = pooch.create(path=base, base_url="", retry_if_failed=2,
                         registry={source.path: f"sha256:{source.sha256}" for source in sources},
                         urls={source.path: source.url for source in sources})
    # Not streamed: a stream that the server refuses leaves its socket open.
    get = pooch.HTTPDownloader(stream=False, timeout=60)
    size = sum(source.bytes for source in sources)
    with (tqdm(total=size, unit="B", unit_scale=True, desc=title, disable=None) as bar,
          ThreadPoolExecutor(4) as pool):
        futures = [pool.submit(store.fetch, source.path, downloader=get) for source in sources]
        try:
            for source, future in zip(sources, futures, strict=True):
                future.result()
                bar.update(source.bytes)
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())
            if isinstance(error, requests.exceptions.SSLError):
                reason = "the certificate is not trusted"
            elif isinstance(error, requests.exceptions.ProxyError):
                reason = "the proxy does not answer"
            elif isinstance(error, requests.ConnectionError):
                reason = "no connection"
            elif isinstance(error, ValueError) and not isinstance(error, requests.RequestException):
                reason = "wrong SHA-256"  # pooch's ValueError for a hash that does not fit
            raise SrlibError(f"{source.path}: cannot download {source.url} ({reason})") from None
        finally:
            pool.shutdown(cancel_futures=True)  # at the first failure and at Ctrl-C, ask for no more files
