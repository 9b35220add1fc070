"""Shares one hub cache between Graft and the Python library, over a hub on the loopback address.

    hub_cache.py GRAFT FOLDER

GRAFT is the launcher, FOLDER a checkpoint. The hub below serves FOLDER as org/model: its list of files, each file with its
hash, large files over a redirect to another port, parts of files. Then, each into an empty cache:

1. Python downloads, Graft opens that offline.
2. Graft downloads, Python opens that offline and checks every hash.
3. Python downloads all but the weights, Graft the rest; and the other way round.
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LARGE = 1 << 20
COMMIT = "0123456789abcdef0123456789abcdef01234567"
graft, folder = sys.argv[1], Path(sys.argv[2])
files = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file() and file.name[0] != "."}


def git_hash(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def entry(name):
    content = files[name]
    described = {"type": "file", "path": name, "size": len(content), "oid": git_hash(content)}
    if len(content) >= LARGE:
        sha256 = hashlib.sha256(content).hexdigest()
        described["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 134}
    return described


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    storage = None
    requests = []

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        Hub.requests.append((self.command, self.path.split("/")[-1]))
        path = self.path.split("?")[0]
        if path.startswith("/api/models/org/model/revision/"):
            self.send_json({"id": "org/model", "sha": COMMIT, "siblings": [{"rfilename": name} for name in files]})
        elif path.startswith("/api/models/org/model/tree/"):
            self.send_json([entry(name) for name in files])
        elif path.startswith("/org/model/resolve/"):
            self.send_file(path.split("/")[-1])
        elif path.startswith("/cdn/"):
            self.send_content(files[path.split("/")[-1]], {})
        else:
            self.send(404, {"X-Error-Code": "RepoNotFound"}, b"")

    def send_file(self, name):
        headers = {"X-Repo-Commit": COMMIT}
        if name not in files:
            self.send(404, {"X-Error-Code": "EntryNotFound", **headers}, b"")
        elif len(files[name]) >= LARGE:
            headers["X-Linked-Etag"] = '"%s"' % hashlib.sha256(files[name]).hexdigest()
            headers["X-Linked-Size"] = str(len(files[name]))
            headers["Location"] = "http://localhost:%d/cdn/%s" % (Hub.storage.server_port, name)
            self.send(302, headers, b"")
        else:
            self.send_content(files[name], {"ETag": '"%s"' % git_hash(files[name]), **headers})

    def send_content(self, content, headers):
        asked = self.headers.get("Range")
        start = int(asked[len("bytes="):].split("-")[0]) if asked else 0
        if asked:
            headers["Content-Range"] = "bytes %d-%d/%d" % (start, len(content) - 1, len(content))
        self.send(206 if asked else 200, headers, content[start:])

    def send_json(self, value):
        self.send(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def send(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *ignored):
        pass


hub = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
Hub.storage = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
for server in (hub, Hub.storage):
    threading.Thread(target=server.serve_forever, daemon=True).start()

PYTHON_ALL = "snapshot_download('org/model')"
PYTHON_SMALL = "snapshot_download('org/model', ignore_patterns='*.safetensors')"
PYTHON_OFFLINE = """
snapshot = Path(snapshot_download('org/model', local_files_only=True))
for name in sys.argv[1:]:
    assert hf_hub_download('org/model', name, local_files_only=True) == str(snapshot / name), name
cache = scan_cache_dir()
assert not cache.warnings, cache.warnings
(repo,) = cache.repos
assert repo.repo_id == 'org/model' and repo.refs.keys() == {'main'}, repo
from transformers import AutoConfig, AutoTokenizer
AutoConfig.from_pretrained('org/model'), AutoTokenizer.from_pretrained('org/model')
"""
IMPORTS = "import sys\nfrom pathlib import Path\nfrom huggingface_hub import *\n"


def python(home, code, *arguments, offline=False):
    run(home, [sys.executable, "-c", IMPORTS + code, *arguments], offline)


def run(home, command, offline):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGINGFACE"))}
    environment |= {"HF_HOME": home, "HF_ENDPOINT": "http://127.0.0.1:%d" % hub.server_port,
                    "HF_HUB_OFFLINE": "1" if offline else "0", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(command, env=environment, cwd=home, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def graft_reads(home, offline):
    text = run(home, [os.path.abspath(graft), "inspect", "org/model"], offline)
    assert "snapshots/" + COMMIT in text and "tokenizer.json: there" in text, text


def hashes_are_right(home):
    blobs = sorted(Path(home, "hub/models--org--model/blobs").iterdir())
    for blob in blobs:
        content = blob.read_bytes()
        assert blob.name in (git_hash(content), hashlib.sha256(content).hexdigest()), blob
    return len(blobs)


def weights_fetched(begin):
    return sum(name == "model.safetensors" and method == "GET" for method, name in Hub.requests[begin:])


NEEDED = [name for name in files if name in ("config.json", "tokenizer.json", "model.safetensors")]
with tempfile.TemporaryDirectory() as home:
    python(home, PYTHON_ALL)
    asked = len(Hub.requests)
    graft_reads(home, offline=True)
    graft_reads(home, offline=False)
    assert len(Hub.requests) == asked
    print("1. Python downloaded, Graft opened it offline and online without a request")
with tempfile.TemporaryDirectory() as home:
    graft_reads(home, offline=False)
    python(home, PYTHON_OFFLINE, *NEEDED, offline=True)
    count = hashes_are_right(home)
    print("2. Graft downloaded %d files, Python opened them offline, every hash is right" % count)
for first, then in (("Python", "Graft"), ("Graft", "Python")):
    with tempfile.TemporaryDirectory() as home:
        begin = len(Hub.requests)
        if first == "Python":
            python(home, PYTHON_SMALL)
            graft_reads(home, offline=False)
        else:
            graft_reads(home, offline=False)
            python(home, PYTHON_ALL)
        python(home, PYTHON_OFFLINE, *NEEDED, offline=True)
        graft_reads(home, offline=True)
        hashes_are_right(home)
        print("3. %s began, %s went on; weights were asked for %d times" % (first, then, weights_fetched(begin) // 2))
